/*
 * A layer below a process's files that fails when told to: preloaded, it stands before write,
 * pwrite, writev, fsync, fdatasync and sync_file_range.
 *
 * FAULTY_DISK names a file with one line "CALL PART NTH", looked at before each call of a file that
 * is written: calls named CALL ("write", "sync" or "any") on files whose path contains PART give
 * EIO from the NTH on, counted since the line changed. No such file, or an empty one: nothing fails.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char plan[512];
static long calls;

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

/* Reads the line without the functions that are replaced here. */
static void read_plan(void) {
  char now[sizeof plan] = "";
  const char *name = getenv("FAULTY_DISK");
  int file = name == NULL ? -1 : open(name, O_RDONLY | O_CLOEXEC);
  if (file >= 0) {
    ssize_t length = read(file, now, sizeof now - 1);
    now[length < 0 ? 0 : length] = 0;
    close(file);
  }
  if (strcmp(now, plan) != 0) {
    strcpy(plan, now);
    calls = 0;
  }
}

static int fails(const char *call, int fd) {
  int kept = errno;
  char link[64];
  char path[4096];
  char planned[16];
  char part[400];
  long nth;
  int failing = 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length > 0 && path[0] == '/') {
    path[length] = 0;
    pthread_mutex_lock(&lock);
    read_plan();
    if (sscanf(plan, "%15s %399s %ld", planned, part, &nth) == 3
        && (strcmp(planned, "any") == 0 || strcmp(planned, call) == 0)
        && strstr(path, part) != NULL) {
      failing = ++calls >= nth;
    }
    pthread_mutex_unlock(&lock);
  }
  errno = failing ? EIO : kept;
  return failing;
}

ssize_t write(int fd, const void *bytes, size_t length) {
  ssize_t (*next)(int, const void *, size_t) = real("write");
  return fails("write", fd) ? -1 : next(fd, bytes, length);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
  ssize_t (*next)(int, const void *, size_t, off_t) = real("pwrite");
  return fails("write", fd) ? -1 : next(fd, bytes, length, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
  ssize_t (*next)(int, const void *, size_t, off64_t) = real("pwrite64");
  return fails("write", fd) ? -1 : next(fd, bytes, length, at);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  ssize_t (*next)(int, const struct iovec *, int) = real("writev");
  return fails("write", fd) ? -1 : next(fd, parts, count);
}

int fsync(int fd) {
  int (*next)(int) = real("fsync");
  return fails("sync", fd) ? -1 : next(fd);
}

int fdatasync(int fd) {
  int (*next)(int) = real("fdatasync");
  return fails("sync", fd) ? -1 : next(fd);
}

int sync_file_range(int fd, off64_t from, off64_t length, unsigned int flags) {
  int (*next)(int, off64_t, off64_t, unsigned int) = real("sync_file_range");
  return fails("sync", fd) ? -1 : next(fd, from, length, flags);
}
