// Search over the Pagefind index. The engine is loaded when the reader first types.
const LIMIT = 12;
const PAUSE_MS = 120;

export function startSearch() {
  const form = document.querySelector("form.search");
  const input = form.querySelector("input");
  const box = document.querySelector("#results");
  const base = new URL(document.body.dataset.root, location.href);
  let engine;
  let latest = 0;

  async function load() {
    const pagefind = await import(new URL("pagefind/pagefind.js", base).href);
    await pagefind.options({ baseUrl: base.pathname, excerptLength: 22 });
    await pagefind.init();
    return pagefind;
  }

  async function search() {
    const query = input.value.trim();
    const mine = ++latest;
    if (query === "") return close();
    try {
      engine ??= load();
      const found = await (await engine).search(query);
      const pages = await Promise.all(found.results.slice(0, LIMIT).map((result) => result.data()));
      if (mine === latest) show(query, pages);
    } catch (error) {
      engine = undefined;
      if (mine === latest) say(`Search does not work here: ${error.message}`);
    }
  }

  function show(query, pages) {
    const hits = pages.flatMap((page) =>
      (page.sub_results.length > 0 ? page.sub_results : [page]).slice(0, 3).map((hit) => ({
        url: hit.url,
        title: hit.title === page.meta.title ? page.meta.title : `${page.meta.title}: ${hit.title}`,
        excerpt: hit.excerpt,
      }))
    );
    say(
      hits.length === 0 ? `Nothing found for “${query}”.` : `${hits.length} places for “${query}”`,
    );
    const list = document.createElement("ol");
    for (const hit of hits) {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = hit.url;
      link.textContent = hit.title;
      const excerpt = document.createElement("p");
      excerpt.className = "excerpt";
      // Pagefind escapes the text and adds nothing but <mark>.
      excerpt.innerHTML = hit.excerpt;
      item.append(link, excerpt);
      list.append(item);
    }
    box.append(list);
  }

  function say(text) {
    const status = document.createElement("p");
    status.setAttribute("role", "status");
    status.textContent = text;
    box.replaceChildren(status);
    box.hidden = false;
  }

  function close() {
    latest++;
    box.hidden = true;
    box.replaceChildren();
  }

  let timer;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, PAUSE_MS);
  });
  input.addEventListener("focus", () => {
    if (input.value !== "" && box.hidden) search();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    box.querySelector("a")?.click();
  });
  box.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("a")) close();
  });
  document.addEventListener("click", (event) => {
    if (!box.contains(event.target) && !form.contains(event.target)) close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !box.hidden) {
      close();
      input.focus();
    }
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName ?? "");
    if (event.key === "/" && !typing) {
      event.preventDefault();
      input.focus();
      input.select();
    }
  });
  form.hidden = false;
}
