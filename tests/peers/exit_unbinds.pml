/*
 * exit || N unbinds: N devices on one mm, each in a domain of its own, as a Promela model.
 *
 *   spin -DN=3 -a exit_unbinds.pml            every step of its own
 *   spin -DN=3 -DSECTIONS -a exit_unbinds.pml critical sections as units
 *
 * A step is: taking a lock with what follows it up to the next step; giving it back; queueing for the
 * wait; sleeping; leaving the queue; the IOMMU driver's detach; unlinking a bond with its put of the
 * io_mm; the notifier core's lock; call_srcu; each kfree; an SRCU read section's begin and end; a read
 * of the notifier list; the handler's begin and end; waking with the exit path's put of the bond.
 * Errors: a bond or the io_mm touched after it was freed, or freed twice; a put below zero; a leak;
 * a PASID that is left; a deadlock (an invalid end state).
 */
#ifndef N
#define N 2
#endif
#ifdef SECTIONS
#define BEGIN atomic {
#define END }
#else
#define BEGIN
#define END
#endif

#define LOCK(word) (word == 0) -> word = 1
#define UNLOCK(word) word = 0
#define BOND(b) assert(!freed[b])
#define SHARED assert(!io_mm_freed)

bit sva_lock, list_lock;
bit listed[N], exiting[N], queued[N], freed[N];
byte refs[N];
byte kref = N;
bit hashed = 1, pasid = 1, called_srcu, io_mm_freed;
byte readers;
bit snapshot;

/* The first bond of io_mm.devices at or after `from`; N if there is none. */
inline first_from(from, b) {
  b = from;
  do
  :: b < N && !listed[b] -> b++
  :: else -> break
  od
}

/* kref_put; at zero io_mm_release. Under sva_lock; `last` is a scratch bit of the caller. */
inline put_io_mm(last) {
  if
  :: last ->
    atomic { LOCK(list_lock); hashed = 0 };
    UNLOCK(list_lock);
    atomic { SHARED; called_srcu = 1; snapshot = (readers > 0) }
  :: else
  fi
}

inline take_down(b, last) {
  atomic { BOND(b) };
  atomic {
    BOND(b); SHARED; listed[b] = 0;
    assert(kref > 0); kref--;
    last = (kref == 0);
    if :: last -> pasid = 0 :: else fi
  };
  put_io_mm(last);
  atomic { BOND(b); freed[b] = 1 }
}

proctype unbind(byte b) {
  bit detach, last;
  BEGIN
  atomic {
    LOCK(sva_lock);
    if
    :: listed[b] -> BOND(b); detach = (refs[b] <= 1); refs[b]++
    :: else -> goto leave
    fi
  };
  do
  :: atomic {
      BOND(b); queued[b] = 1;
      if :: !exiting[b] -> break :: else fi
    };
    UNLOCK(sva_lock);
    (!queued[b]);
    atomic { LOCK(sva_lock) }
  od;
  atomic { BOND(b); queued[b] = 0 };
  if :: detach -> take_down(b, last) :: else fi;
leave:
  UNLOCK(sva_lock)
  END
}

proctype exit_mm() {
  byte b, next;
  bit last, found;
  readers++;
  found = hashed;
  if
  :: found ->
    BEGIN
    atomic {
      LOCK(sva_lock); SHARED;
      found = (kref > 0);
      if
      :: found ->
        kref++;
        first_from(0, b);
        if :: b < N -> BOND(b); exiting[b] = 1 :: else fi
      :: else
      fi
    };
    UNLOCK(sva_lock);
    END
    if
    :: found ->
      do
      :: b < N ->
        BOND(b);
        BOND(b);
        BEGIN
        atomic {
          LOCK(sva_lock); BOND(b);
          first_from(b + 1, next);
          exiting[b] = 0
        };
        atomic {
          BOND(b); queued[b] = 0;
          assert(refs[b] > 0); refs[b]--;
          found = (refs[b] == 0)
        };
        if :: found -> take_down(b, last) :: else fi;
        atomic {
          b = next;
          if :: b < N -> BOND(b); exiting[b] = 1 :: else fi;
          UNLOCK(sva_lock)
        }
        END
      :: else -> break
      od;
      BEGIN
      atomic {
        LOCK(sva_lock); SHARED;
        assert(kref > 0); kref--;
        last = (kref == 0);
        if :: last -> pasid = 0 :: else fi
      };
      put_io_mm(last);
      UNLOCK(sva_lock)
      END
    :: else
    fi;
    /* The walk steps on from the notifier, which lies in the io_mm. */
    SHARED
  :: else
  fi;
  /* Whoever is left is taken out. */
  BEGIN
  atomic { LOCK(list_lock); hashed = 0 };
  UNLOCK(list_lock);
  END
  atomic { readers--; snapshot = 0 };
  (readers == 0)
}

/* The SRCU callback: runs when the readers of its time have left. */
proctype callback() {
  atomic { (called_srcu && !snapshot) };
  atomic { SHARED; io_mm_freed = 1 }
}

init {
  byte i;
  atomic {
    do
    :: i < N -> listed[i] = 1; refs[i] = 1; run unbind(i); i++
    :: else -> break
    od;
    run exit_mm();
    run callback()
  };
  (_nr_pr == 1);
  atomic {
    assert(io_mm_freed && !pasid && !hashed && kref == 0);
    i = 0;
    do
    :: i < N -> assert(freed[i]); i++
    :: else -> break
    od
  }
}
