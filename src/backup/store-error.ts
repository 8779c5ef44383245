import { BackupError } from './backup.ts';

/** System errors as our codes. Messages name the place of the plan, never a file. */
export async function translated<T>(place: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof BackupError) throw error;
    throw asBackupError(place, error);
  }
}

function asBackupError(place: string, cause: unknown): BackupError {
  const because = (code: string): boolean => cause instanceof Error && 'code' in cause && cause.code === code;
  const writing = cause instanceof Error && 'syscall' in cause && cause.syscall === 'write';
  if (because('ENOSPC') || because('EDQUOT') || (writing && because('EFBIG'))) {
    return new BackupError('staging-full', 'no space left for the staged backup', {
      hint: 'Free disk space below RESURGAM_HOME, or raise limits.disk in the plan.',
      cause,
    });
  }
  if (because('ENOENT') || because('ENOTDIR')) {
    return new BackupError('store-missing', `there is nothing at ${place}, or it went away while it was read`, {
      hint: 'Check backup.from in the plan, and whether the file system is mounted.',
      cause,
    });
  }
  if (because('EACCES') || because('EPERM') || because('ELOOP') || because('EFTYPE')) {
    return new BackupError('store-unreadable', `something in ${place} may not be read`, {
      hint: 'Let the user who runs Resurgam read the folder and its files.',
      cause,
    });
  }
  return new BackupError('store-unreadable', `${place} could not be read`, {
    hint: 'See whether the file system is sound and mounted.',
    cause,
  });
}
