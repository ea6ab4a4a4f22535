/*
 * client - the one client of the benchmark: does one thing to one file system for a while and says how long it took.
 *
 *     client MODE DIR NAME MILLISECONDS CPU SERVER SERVER_CPU
 *
 * What is done to NAME in DIR is told by MODE, see below. The client runs on processor CPU; SERVER is the process behind DIR,
 * all of its threads are put on SERVER_CPU, and 0 stands for a file system of the kernel's own. NAME is looked up from an open
 * DIR, so that its path costs the same for all.
 *
 * Prints one line of JSON: operations, nanoseconds for one of them, nanoseconds of processor time that the server spent on all,
 * and for `many` the operations of the slowest and of the fastest reader. Operations are timed in batches of about a millisecond,
 * and what is told is the median of the batches, so that whatever else runs for a moment does not count; where something else
 * runs on purpose it is the mean.
 */

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { READERS = 64, BIG = 128 * 1024, NAMES = 1000, BATCHES = 1 << 14 };

static int dir;		/* DIR */
static const char *name;	/* NAME */
static char buf[BIG];
static int passed;	/* `run` has done everything once and begins anew */
static double times[BATCHES];	/* nanoseconds for one, batch by batch */

static void die(const char *what)
{
	fprintf(stderr, "client: %s: %s\n", what, strerror(errno));
	exit(1);
}

static long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

static void sleep_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

static void pin(int tid, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(tid, sizeof(set), &set) && errno != ESRCH)
		die("sched_setaffinity");
}

static void pin_threads(int pid, int cpu)
{
	char path[64];
	struct dirent *d;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	if (!tasks)
		die(path);
	while ((d = readdir(tasks)))
		if (d->d_name[0] != '.')
			pin(atoi(d->d_name), cpu);
	closedir(tasks);
}

/* Processor time of a process with all the threads that it has and had; 0 for the kernel. */
static long cpu_time(int pid)
{
	struct timespec t;
	clockid_t clock;

	if (!pid)
		return 0;
	errno = clock_getcpuclockid(pid, &clock);
	if (errno || clock_gettime(clock, &t))
		die("processor time of the server");
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

/* open, read, read, close of a file of a few bytes */
static long do_attr(void)
{
	int fd = openat(dir, name, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		die(name);
	while ((n = read(fd, buf, 4096)) > 0)
		;
	if (n < 0)
		die(name);
	close(fd);
	return 1;
}

/* The next 256 KiB or so of a large file, by reads of 128 KiB; counts records of 128 bytes. */
static long do_records(void)
{
	static int fd = -1;
	long bytes = 0;
	ssize_t n = 1;

	if (fd < 0)
		fd = openat(dir, name, O_RDONLY);
	if (fd < 0)
		die(name);
	while (bytes < 2 * BIG && (n = read(fd, buf, BIG)) > 0)
		bytes += n;
	if (n < 0)
		die(name);
	if (n == 0) {
		close(fd);
		fd = -1;
	}
	return bytes / 128;
}

static void stat_at(int at, const char *what)
{
	struct stat st;

	if (fstatat(at, what, &st, AT_SYMLINK_NOFOLLOW))
		die(what);
}

/* stat of what may be answered from a cache */
static long do_stat(void)
{
	stat_at(dir, name);
	return 1;
}

/* stat that has to ask: to FUSE it is one GETATTR whatever is cached */
static long do_sync(void)
{
	struct statx stx;

	if (statx(dir, name, AT_SYMLINK_NOFOLLOW | AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, &stx))
		die("statx");
	return 1;
}

static int open_files(void)
{
	int at = openat(dir, name, O_RDONLY | O_DIRECTORY);

	if (at < 0)
		die(name);
	return at;
}

/* ls -l: getdents and one lstat for each name; counts names */
static long do_list(void)
{
	int at = open_files(), names = 0;
	long n;

	while ((n = syscall(SYS_getdents64, at, buf, 32768)) > 0)
		for (long i = 0; i < n; names++) {
			struct dirent64 *d = (struct dirent64 *)(buf + i);

			stat_at(at, d->d_name);
			i += d->d_reclen;
		}
	if (n < 0)
		die("getdents64");
	if (names < NAMES) {
		fprintf(stderr, "client: %d names are too few\n", names);
		exit(1);
	}
	close(at);
	passed = 1;
	return names;
}

/* stat of the next 50 names, which nobody has listed: one LOOKUP each */
static long do_lookup(void)
{
	static int next;
	int at = open_files();
	char file[8];

	for (int i = 0; i < 50; i++, next++) {
		snprintf(file, sizeof(file), "f%03d", next);
		stat_at(at, file);
	}
	close(at);
	passed = next == NAMES;
	next %= NAMES;
	return 50;
}

/* mkdir and rmdir of NAME/item, a directory that nobody has listed */
static long do_items(void)
{
	static int at = -1;

	if (at < 0)
		at = open_files();
	if (mkdirat(at, "item", 0755) || unlinkat(at, "item", AT_REMOVEDIR))
		die("item");
	return 1;
}

/* Makes the kernel forget every name that nobody uses, and lets the servers have their FORGETs done. */
static void forget(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);

	if (fd < 0 || write(fd, "2", 1) != 1)
		die("drop_caches");
	close(fd);
	sleep_ms(5);
}

/* Something else that wants the processor all the time, until it gets a signal. */
static pid_t start_hog(int cpu)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pin(0, cpu);
	for (volatile int i = 0;; i++)
		;
}

static const struct mode {
	const char *name;
	long (*run)(void);	/* how many it has done of what it counts */
	void (*before)(void);	/* at the beginning and when it has passed, outside the measured time */
	int batch;		/* runs between two looks at the clock */
	int hog;		/* something else runs on the server's processor */
} modes[] = {
	{ "attr", do_attr, NULL, 16, 0 },
	{ "busy", do_attr, NULL, 16, 1 },
	{ "stat", do_stat, NULL, 512, 0 },
	{ "sync", do_sync, NULL, 64, 0 },
	{ "list", do_list, NULL, 1, 0 },
	{ "list-cold", do_list, forget, 1, 0 },
	{ "lookup", do_lookup, forget, 1, 0 },
	{ "records", do_records, NULL, 1, 0 },
	{ "items", do_items, NULL, 8, 0 },
};

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void warm_up(const struct mode *mode, long ms)
{
	long deadline = now() + ms * 1000000;

	do
		mode->run();
	while (now() < deadline || (mode->before && !passed));
}

static void run(const struct mode *mode, long ms, int server, int server_cpu)
{
	long deadline, batches = 0, ops = 0, total = 0, cpu = 0, start, took, done;
	pid_t hog = mode->hog ? start_hog(server_cpu) : 0;

	warm_up(mode, ms / 5);
	deadline = now() + ms * 1000000;
	do {
		if (mode->before && passed)
			mode->before();
		cpu -= cpu_time(server);
		start = now();
		done = 0;
		for (int i = 0; i < mode->batch; i++)
			done += mode->run();
		took = now() - start;
		cpu += cpu_time(server);
		times[batches++] = (double)took / done;
		ops += done;
		total += took;
	} while (now() < deadline && batches < BATCHES);
	if (hog)
		kill(hog, SIGKILL);
	qsort(times, batches, sizeof(times[0]), compare);
	printf("{\"ops\":%ld,\"ns\":%.1f,\"cpu\":%ld}\n", ops,
	       mode->hog ? (double)total / ops : times[batches / 2], cpu);
}

/* Readers that all loop over the attribute; who gets less than the others is starved. */
static void run_many(long ms, int server)
{
	volatile long *counts = mmap(NULL, (READERS + 1) * sizeof(long), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	volatile long *phase = &counts[READERS];	/* 0 wait, 1 count, 2 stop */
	long ops = 0, slowest, fastest, ns, cpu;
	pid_t children[READERS];

	if (counts == MAP_FAILED)
		die("mmap");
	for (int i = 0; i < READERS; i++) {
		children[i] = fork();
		if (children[i] < 0)
			die("fork");
		if (children[i] > 0)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (*phase < 2) {
			do_attr();
			if (*phase == 1)
				counts[i]++;
		}
		_exit(0);
	}
	sleep_ms(ms / 5);
	cpu = cpu_time(server);
	ns = now();
	*phase = 1;
	sleep_ms(ms);
	ns = now() - ns;
	cpu = cpu_time(server) - cpu;
	*phase = 2;
	for (int i = 0; i < READERS; i++)
		waitpid(children[i], NULL, 0);

	slowest = fastest = counts[0];
	for (int i = 0; i < READERS; i++) {
		ops += counts[i];
		slowest = counts[i] < slowest ? counts[i] : slowest;
		fastest = counts[i] > fastest ? counts[i] : fastest;
	}
	printf("{\"ops\":%ld,\"ns\":%ld,\"cpu\":%ld,\"slowest\":%ld,\"fastest\":%ld}\n",
	       ops, ops ? ns / ops : ns, cpu, slowest, fastest);
}

int main(int argc, char **argv)
{
	int cpu, server, server_cpu;
	long ms;

	if (argc != 8) {
		fprintf(stderr, "usage: client MODE DIR NAME MILLISECONDS CPU SERVER SERVER_CPU\n");
		return 2;
	}
	name = argv[3];
	ms = atol(argv[4]);
	cpu = atoi(argv[5]);
	server = atoi(argv[6]);
	server_cpu = atoi(argv[7]);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dir = open(argv[2], O_RDONLY | O_DIRECTORY);
	if (dir < 0)
		die(argv[2]);
	pin(0, cpu);
	if (server)
		pin_threads(server, server_cpu);

	if (!strcmp(argv[1], "many")) {
		run_many(ms, server);
		return 0;
	}
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (!strcmp(argv[1], modes[i].name)) {
			run(&modes[i], ms, server, server_cpu);
			return 0;
		}
	fprintf(stderr, "client: no mode %s\n", argv[1]);
	return 2;
}
