/** Error numbers, positive as in uapi/asm-generic/errno-base.h; functions return them negated. */
export const EPERM = 1,
  ENOENT = 2,
  ESRCH = 3,
  EINTR = 4,
  EIO = 5,
  EAGAIN = 11,
  ENOMEM = 12,
  EFAULT = 14,
  EBUSY = 16,
  EEXIST = 17,
  ENODEV = 19,
  EINVAL = 22,
  ENOSPC = 28,
  EDOM = 33,
  ERANGE = 34,
  ENOSYS = 38,
  ETIMEDOUT = 110;

const names: Readonly<Record<number, string>> = {
  [EPERM]: "EPERM",
  [ENOENT]: "ENOENT",
  [ESRCH]: "ESRCH",
  [EINTR]: "EINTR",
  [EIO]: "EIO",
  [EAGAIN]: "EAGAIN",
  [ENOMEM]: "ENOMEM",
  [EFAULT]: "EFAULT",
  [EBUSY]: "EBUSY",
  [EEXIST]: "EEXIST",
  [ENODEV]: "ENODEV",
  [EINVAL]: "EINVAL",
  [ENOSPC]: "ENOSPC",
  [EDOM]: "EDOM",
  [ERANGE]: "ERANGE",
  [ENOSYS]: "ENOSYS",
  [ETIMEDOUT]: "ETIMEDOUT",
};

/** How people write an error code: `-ENOMEM` for -12, the number itself for one without a name. */
export function errname(error: number): string {
  const name = names[Math.abs(error)];
  if (name === undefined) return String(error);
  return error < 0 ? `-${name}` : name;
}
