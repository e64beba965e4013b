import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { run } from "explore/run.ts";
import { int, struct } from "explore/struct.ts";
import type { Task } from "explore/task.ts";
import { LIST_POISON1, LIST_POISON2 } from "explore/objects.ts";
import {
  hlist_add_head,
  hlist_del_init_rcu,
  hlist_empty,
  hlist_entry,
  hlist_first_rcu,
  hlist_head,
  hlist_next_rcu,
  hlist_node,
  hlist_unhashed,
  INIT_HLIST_HEAD,
} from "linux/hlist.ts";
import {
  INIT_LIST_HEAD,
  list_add,
  list_add_tail,
  list_del,
  list_del_init,
  list_empty,
  list_first_entry,
  list_first_entry_or_null,
  list_for_each_entry,
  list_for_each_entry_safe,
  list_head,
  list_is_last,
  list_next_entry,
} from "linux/list.ts";
import { kfree, kzalloc } from "linux/slab.ts";
import { faults } from "./support.ts";

class item extends struct("item", { id: int, node: list_head, also: list_head, h: hlist_node }) {}

function newItem(id: number): item {
  const it = kzalloc(item) as item;
  it.id = id;
  return it;
}

function newList(...ids: number[]): { head: list_head; items: item[] } {
  const head = kzalloc(list_head) as list_head;
  INIT_LIST_HEAD(head);
  const items = ids.map(newItem);
  for (const it of items) list_add_tail(it.node, head);
  return { head, items };
}

function ids(head: list_head): number[] {
  return [...list_for_each_entry(head, item, "node")].map((it) => it.id);
}

function discard({ head, items }: { head: list_head; items: item[] }): void {
  kfree(head);
  items.forEach(kfree);
}

Deno.test("list_add puts an entry first, list_add_tail last", () => {
  run(function* (): Task {
    const list = newList(1, 2);
    const first = newItem(0);
    list_add(first.node, list.head);
    assertEquals(ids(list.head), [0, 1, 2]);
    assertEquals(list_first_entry(list.head, item, "node").id, 0);
    assertEquals(list_next_entry(first, "node").id, 1);
    assertEquals(list_is_last(list.items[1]?.node as list_head, list.head), true);
    discard(list);
    kfree(first);
  });
});

Deno.test("an entry is the same view however it is reached", () => {
  run(function* (): Task {
    const list = newList(1);
    for (const it of list_for_each_entry(list.head, item, "node")) {
      assertEquals(it === list.items[0], true);
    }
    discard(list);
  });
});

Deno.test("list_del poisons, list_del_init leaves an empty list", () => {
  run(function* (): Task {
    const list = newList(1, 2);
    const [one, two] = list.items as [item, item];
    list_del(one.node);
    assertEquals([one.node.next, one.node.prev], [LIST_POISON1, LIST_POISON2]);
    list_del_init(two.node);
    assertEquals(list_empty(two.node), true);
    assertEquals(list_empty(list.head), true);
    assertEquals(list_first_entry_or_null(list.head, item, "node"), null);
    discard(list);
  });
});

Deno.test("lists behave as arrays do, whatever is added and removed", () => {
  const operation = fc.record({ kind: fc.constantFrom("add", "tail", "del"), at: fc.nat(7) });
  fc.assert(fc.property(fc.array(operation, { maxLength: 30 }), (operations) => {
    run(function* (): Task {
      const { head } = newList();
      const model: item[] = [], all: item[] = [];
      for (const { kind, at } of operations) {
        if (kind === "del") {
          const [gone] = model.splice(at % (model.length || 1), 1);
          if (gone !== undefined) list_del(gone.node);
          continue;
        }
        const it = newItem(all.length);
        all.push(it);
        if (kind === "add") {
          list_add(it.node, head);
          model.unshift(it);
        } else {
          list_add_tail(it.node, head);
          model.push(it);
        }
        assertEquals(ids(head), model.map((entry) => entry.id));
      }
      kfree(head);
      all.forEach(kfree);
    });
  }));
});

Deno.test("the checks of CONFIG_DEBUG_LIST", () => {
  const twice = faults(
    function* () {
      const { items } = newList(1);
      const [one] = items as [item];
      list_del(one.node);
      list_del(one.node);
    },
    "list debug",
    "list_del corruption",
  );
  assertEquals(
    twice.message,
    "list debug: list_del corruption in item.node: ->next is LIST_POISON1",
  );
  faults(
    function* () {
      const { head, items } = newList(1);
      const [one] = items as [item];
      list_add(one.node, head);
    },
    "list debug",
    "list_add corruption",
  );
  faults(
    function* () {
      const { head, items } = newList(1, 2);
      const [one, two] = items as [item, item];
      one.node.next = head.address;
      list_del(two.node);
    },
    "list debug",
    "list_del corruption",
  );
});

Deno.test("a walk reads the next link after the body, a safe walk before it", () => {
  faults(
    function* () {
      const { head } = newList(1, 2);
      for (const it of list_for_each_entry(head, item, "node")) list_del(it.node);
    },
    "list debug",
    "poisoned list use",
  );
  faults(
    function* () {
      const { head } = newList(1, 2);
      for (const it of list_for_each_entry(head, item, "node")) {
        list_del(it.node);
        kfree(it);
      }
    },
    "KASAN",
    "use-after-free",
  );
  run(function* (): Task {
    const { head } = newList(1, 2, 3);
    for (const it of list_for_each_entry_safe(head, item, "node")) {
      list_del(it.node);
      kfree(it);
    }
    assertEquals(list_empty(head), true);
    kfree(head);
  });
});

Deno.test("a safe walk does not stand the loss of its next entry, unless it is set anew", () => {
  const kept = faults(
    function* () {
      const { head, items } = newList(1, 2, 3);
      for (const _ of list_for_each_entry_safe(head, item, "node")) {
        const second = items[1] as item;
        list_del(second.node);
        kfree(second);
      }
    },
    "KASAN",
    "use-after-free",
  );
  assertEquals(kept.subject, "item.node.next");
  run(function* (): Task {
    const list = newList(1, 2, 3);
    const seen: number[] = [];
    const walk = list_for_each_entry_safe(list.head, item, "node");
    for (const it of walk) {
      seen.push(it.id);
      if (it.id === 1) list_del((list.items[1] as item).node);
      walk.n = list_next_entry(it, "node");
    }
    assertEquals(seen, [1, 3]);
    discard(list);
  });
});

Deno.test("the safe walk's next entry after the last one is no entry, and may be set", () => {
  run(function* (): Task {
    const list = newList(1);
    const walk = list_for_each_entry_safe(list.head, item, "node");
    let count = 0;
    for (const it of walk) {
      count++;
      assertEquals(walk.n === it, false);
      walk.n = list_next_entry(it, "node");
    }
    assertEquals(count, 1);
    discard(list);
  });
});

Deno.test("a walk that does not end is a soft lockup; a link never set is an oops", () => {
  faults(
    function* () {
      const { head, items } = newList(1, 2);
      const [, two] = items as [item, item];
      two.node.next = two.node.address;
      for (const _ of list_for_each_entry(head, item, "node"));
    },
    "soft lockup",
    "list walk does not end",
  );
  faults(
    function* () {
      const head = kzalloc(list_head) as list_head;
      for (const _ of list_for_each_entry(head, item, "node"));
    },
    "oops",
    "NULL pointer dereference",
  );
});

Deno.test("an unknown member is refused", () => {
  run(function* (): Task {
    const list = newList(1);
    assertThrows(
      () => list_first_entry(list.head, item, "nothing" as "node"),
      RangeError,
      "Cannot find nothing in item",
    );
    discard(list);
  });
});

Deno.test("hlist: first in front, and a removed node still leads on", () => {
  run(function* (): Task {
    const head = kzalloc(hlist_head) as hlist_head;
    INIT_HLIST_HEAD(head);
    const items = [1, 2, 3].map(newItem);
    for (const it of items) yield* hlist_add_head(it.h, head);
    const seen: number[] = [];
    let node = yield* hlist_first_rcu(head);
    while (node !== null) {
      const it = hlist_entry(node, item, "h");
      seen.push(it.id);
      if (it.id === 2) {
        yield* hlist_del_init_rcu(it.h);
        assertEquals(hlist_unhashed(it.h), true);
        yield* hlist_del_init_rcu(it.h);
      }
      node = yield* hlist_next_rcu(node);
    }
    assertEquals(seen, [3, 2, 1]);
    for (const id of [0, 2]) yield* hlist_del_init_rcu((items[id] as item).h);
    assertEquals(hlist_empty(head), true);
    kfree(head);
    items.forEach(kfree);
  });
});
