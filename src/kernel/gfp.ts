/** Allocation flags (include/linux/gfp.h), as far as they decide whether an allocation may sleep. */
export const GFP_ATOMIC = 0, GFP_KERNEL = 1;
