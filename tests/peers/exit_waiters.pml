/*
 * exit || N waiters: N threads that unbind one bond while its mm exits, as a Promela model. With N above 1
 * a second waiter touches the bond after the first freed it: the model has errors, as the patch has.
 *
 *   spin -DN=3 -a exit_waiters.pml            every step of its own
 *   spin -DN=3 -DSECTIONS -a exit_waiters.pml critical sections as units
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
#define BOND assert(!freed)
#define SHARED assert(!io_mm_freed)

bit sva_lock, list_lock;
bit listed = 1, exiting, freed;
/* By thread: is it on the bond's wait queue? */
bit queued[N];
byte refs = 1;
byte kref = 1;
bit hashed = 1, pasid = 1, called_srcu, io_mm_freed;
byte readers;
bit snapshot;
byte waiter;

inline wake_up_all() {
  waiter = 0;
  do
  :: waiter < N -> queued[waiter] = 0; waiter++
  :: else -> waiter = 0; break
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

inline take_down(last) {
  atomic { BOND };
  atomic {
    BOND; SHARED; listed = 0;
    assert(kref > 0); kref--;
    last = (kref == 0);
    if :: last -> pasid = 0 :: else fi
  };
  put_io_mm(last);
  atomic { BOND; freed = 1 }
}

proctype unbind(byte me) {
  bit detach, last;
  BEGIN
  atomic {
    LOCK(sva_lock);
    if
    :: listed -> BOND; detach = (refs <= 1); refs++
    :: else -> goto leave
    fi
  };
  do
  :: atomic {
      BOND; queued[me] = 1;
      if :: !exiting -> break :: else fi
    };
    UNLOCK(sva_lock);
    (!queued[me]);
    atomic { LOCK(sva_lock) }
  od;
  atomic { BOND; queued[me] = 0 };
  if :: detach -> take_down(last) :: else fi;
leave:
  UNLOCK(sva_lock)
  END
}

proctype exit_mm() {
  bit last, found, bound;
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
        bound = listed;
        if :: bound -> BOND; exiting = 1 :: else fi
      :: else
      fi
    };
    UNLOCK(sva_lock);
    END
    if
    :: found ->
      if
      :: bound ->
        BOND;
        BOND;
        BEGIN
        atomic { LOCK(sva_lock); BOND; exiting = 0 };
        atomic {
          BOND;
          wake_up_all();
          assert(refs > 0); refs--;
          found = (refs == 0)
        };
        if :: found -> take_down(last) :: else fi;
        UNLOCK(sva_lock)
        END
      :: else
      fi;
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
    :: i < N -> run unbind(i); i++
    :: else -> break
    od;
    run exit_mm();
    run callback()
  };
  (_nr_pr == 1);
  atomic {
    assert(freed && io_mm_freed && !pasid && !hashed && kref == 0)
  }
}
