/*
 * server - the tree of the benchmark in C: what an author gets who writes a file system with libfuse 3.
 *
 *     server DIR [libfuse's options]
 *
 * The low-level interface and one thread. Names, attributes and listings may be kept for ever, files are read by direct I/O
 * and closed without a FLUSH, as ring3 has it; everything else is libfuse's own choice.
 *
 *     attr       one number
 *     files      a directory of 1,000 files like it
 *     records    100,000 lines of 128 bytes, as /proc/net/route prints them; a read gets what fits strictly into a page, as
 *                seq_file does it
 *     whole      the same lines, each read filled to what was asked for
 */

#define FUSE_USE_VERSION 34
#define _GNU_SOURCE
#include <errno.h>
#include <fuse_lowlevel.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

enum { ROOT = FUSE_ROOT_ID, ATTR, RECORDS, WHOLE, FILES, FILE0 };
enum { NAMES = 1000, COUNT = 100000, LINE = 128, PAGE = 4096, LARGEST = 1 << 20 };

static const double forever = 1e6;
static char buf[LARGEST + 2 * LINE];

static int is_dir(fuse_ino_t ino)
{
	return ino == ROOT || ino == FILES;
}

static void fill(fuse_ino_t ino, struct stat *st)
{
	memset(st, 0, sizeof(*st));
	st->st_ino = ino;
	st->st_mode = is_dir(ino) ? S_IFDIR | 0555 : S_IFREG | 0444;
	st->st_nlink = is_dir(ino) ? 2 : 1;
	st->st_blksize = 1024;
}

static fuse_ino_t find(fuse_ino_t parent, const char *name)
{
	char *end;
	long i;

	if (parent == ROOT) {
		if (!strcmp(name, "attr"))
			return ATTR;
		if (!strcmp(name, "files"))
			return FILES;
		if (!strcmp(name, "records"))
			return RECORDS;
		return !strcmp(name, "whole") ? WHOLE : 0;
	}
	if (parent != FILES || name[0] != 'f' || strlen(name) != 4)
		return 0;
	i = strtol(name + 1, &end, 10);
	return *end || i < 0 || i >= NAMES ? 0 : FILE0 + i;
}

static struct fuse_entry_param entry(fuse_ino_t ino)
{
	struct fuse_entry_param e = { .ino = ino, .attr_timeout = forever, .entry_timeout = forever };

	fill(ino, &e.attr);
	return e;
}

static void do_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	fuse_ino_t ino = find(parent, name);
	struct fuse_entry_param e;

	if (!ino) {
		fuse_reply_err(req, ENOENT);
		return;
	}
	e = entry(ino);
	fuse_reply_entry(req, &e);
}

static void do_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct stat st;

	(void)fi;
	fill(ino, &st);
	fuse_reply_attr(req, &st, forever);
}

/* The name at a position of a directory, behind `.` and `..`; 0 past the last one. */
static fuse_ino_t name_at(fuse_ino_t dir, long pos, char *name, size_t size)
{
	static const char *const top[] = { "attr", "files", "records", "whole" };

	if (pos < 2) {
		snprintf(name, size, "%s", pos ? ".." : ".");
		return pos ? (fuse_ino_t)ROOT : dir;
	}
	pos -= 2;
	if (dir == ROOT) {
		if (pos >= 4)
			return 0;
		snprintf(name, size, "%s", top[pos]);
		return find(ROOT, name);
	}
	if (pos >= NAMES)
		return 0;
	snprintf(name, size, "f%03ld", pos);
	return FILE0 + pos;
}

static void list(fuse_req_t req, fuse_ino_t dir, size_t size, off_t off, int plus)
{
	size_t used = 0, need;
	fuse_ino_t ino;
	char name[16];

	if (size > LARGEST)
		size = LARGEST;
	for (; (ino = name_at(dir, off, name, sizeof(name))); off++, used += need) {
		struct fuse_entry_param e = entry(ino);

		if (off < 2)
			e.ino = 0;	/* counts as no lookup */
		need = plus ? fuse_add_direntry_plus(req, buf + used, size - used, name, &e, off + 1)
			    : fuse_add_direntry(req, buf + used, size - used, name, &e.attr, off + 1);
		if (need > size - used)
			break;
	}
	fuse_reply_buf(req, buf, used);
}

static void do_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	(void)fi;
	list(req, ino, size, off, 0);
}

static void do_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	(void)fi;
	list(req, ino, size, off, 1);
}

static void do_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	if (!is_dir(ino)) {
		fuse_reply_err(req, ENOTDIR);
		return;
	}
	fi->cache_readdir = 1;
	fi->keep_cache = 1;
	fuse_reply_open(req, fi);
}

static void do_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	if (is_dir(ino)) {
		fuse_reply_err(req, EISDIR);
		return;
	}
	fi->direct_io = 1;
	fi->noflush = 1;
	fuse_reply_open(req, fi);
}

static int record(char *to, unsigned int i)
{
	unsigned int address = (i & 0xff) << 24 | (i >> 8 & 0xff) << 16 | (i >> 16 & 0xff) << 8 | 10;
	int n = snprintf(to, LINE, "%s\t%08X\t%08X\t%04X\t%d\t%u\t%d\t%08X\t%d\t%u\t%u", "lo", address, 0, 1, 0, 0, 0,
			 0xffffffff, 0, 0, 0);

	memset(to + n, ' ', LINE - 1 - n);
	to[LINE - 1] = '\n';
	return LINE;
}

static void read_records(fuse_req_t req, size_t size, off_t off, size_t room)
{
	size_t used = 0, skip = off % LINE;

	if (size > LARGEST)
		size = LARGEST;
	for (long i = off / LINE; i < COUNT && used < size + skip && used + LINE < room + skip; i++)
		used += record(buf + used, i);
	used = used > skip ? used - skip : 0;
	fuse_reply_buf(req, buf + skip, used < size ? used : size);
}

static void do_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	char text[16];
	int n;

	(void)fi;
	if (ino == RECORDS || ino == WHOLE) {
		read_records(req, size, off, ino == RECORDS ? (size_t)PAGE : sizeof(buf) - 2 * LINE);
		return;
	}
	n = snprintf(text, sizeof(text), "%d\n", 42);
	if (off >= n)
		fuse_reply_buf(req, NULL, 0);
	else
		fuse_reply_buf(req, text + off, size < (size_t)(n - off) ? size : (size_t)(n - off));
}

static const struct fuse_lowlevel_ops ops = {
	.lookup = do_lookup,
	.getattr = do_getattr,
	.opendir = do_opendir,
	.readdir = do_readdir,
	.readdirplus = do_readdirplus,
	.open = do_open,
	.read = do_read,
};

int main(int argc, char **argv)
{
	struct fuse_args args = FUSE_ARGS_INIT(argc, argv);
	struct fuse_cmdline_opts opts;
	struct fuse_session *se;
	int ret = 1;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (fuse_parse_cmdline(&args, &opts) || !opts.mountpoint)
		return 2;
	se = fuse_session_new(&args, &ops, sizeof(ops), NULL);
	if (!se)
		return 1;
	if (!fuse_set_signal_handlers(se)) {
		if (!fuse_session_mount(se, opts.mountpoint)) {
			puts("ready");
			fflush(stdout);
			ret = fuse_session_loop(se) ? 1 : 0;
			fuse_session_unmount(se);
		}
		fuse_remove_signal_handlers(se);
	}
	fuse_session_destroy(se);
	fuse_opt_free_args(&args);
	free(opts.mountpoint);
	return ret;
}
