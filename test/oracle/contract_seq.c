// SPDX-License-Identifier: MIT
/* contract_seq - the kernel module that test/contract/modules/contract_seq.ts is the likeness of. */
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#define ENDLESS (1 << 30)

/* A record's length, or one of these. */
#define SKIP -1
#define EMPTY -2
#define FAIL -3

struct table {
	const int *lengths; /* absent: the record is its number and a newline */
	int count;
	bool logged;
	int start_error;
};

static char log_text[65536];
static size_t log_length;

static void note(struct table *table, const char *format, long value)
{
	if (table->logged)
		log_length += scnprintf(log_text + log_length, sizeof(log_text) - log_length, format, value);
}

static struct table *table_of(struct seq_file *m)
{
	return pde_data(file_inode(m->file));
}

static void *table_start(struct seq_file *m, loff_t *pos)
{
	struct table *table = table_of(m);

	note(table, "start(%ld) ", *pos);
	if (table->start_error)
		return ERR_PTR(table->start_error);
	return *pos < table->count ? (void *)(long)(*pos + 1) : NULL;
}

static void *table_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct table *table = table_of(m);

	note(table, "next(%ld) ", (long)v - 1);
	++*pos;
	return *pos < table->count ? (void *)(long)(*pos + 1) : NULL;
}

static void table_stop(struct seq_file *m, void *v)
{
	note(table_of(m), v ? "stop(%ld) " : "stop() ", (long)v - 1);
}

static int table_show(struct seq_file *m, void *v)
{
	struct table *table = table_of(m);
	long index = (long)v - 1;
	int i, length;

	note(table, "show(%ld) ", index);
	if (!table->lengths) {
		seq_printf(m, "%ld\n", index);
		return 0;
	}
	length = table->lengths[index];
	if (length == FAIL)
		return -EIO;
	if (length == EMPTY)
		return 0;
	if (length == SKIP) {
		seq_puts(m, "skipped\n");
		return SEQ_SKIP;
	}
	for (i = 0; i < length - 1; i++)
		seq_putc(m, 'a' + index % 26);
	seq_putc(m, '\n');
	return 0;
}

static const struct seq_operations table_ops = {
	.start = table_start,
	.next = table_next,
	.stop = table_stop,
	.show = table_show,
};

static const int lengths[] = { 1553, 2471, 5675, 12884, 869 };
static const int page[] = { 4095, 4096, 10 };
static const int one[] = { 10000 };
static const int skips[] = { 4, 4, SKIP, 4, EMPTY, 4, SKIP };
static const int fails[] = { 4, 4, 4, FAIL, 4 };
static const int fails_first[] = { FAIL };
static const int ordered[] = { 4, 4, 4, SKIP, SKIP, 4, 4, EMPTY, 4, 4, 5000, 4, 4, 4, 4, 4, 4, 4, 4, 4 };

static struct table tables[] = {
	{ NULL, 5000 }, { NULL, ENDLESS }, { lengths, ARRAY_SIZE(lengths) }, { page, ARRAY_SIZE(page) },
	{ one, ARRAY_SIZE(one) }, { skips, ARRAY_SIZE(skips) }, { fails, ARRAY_SIZE(fails) },
	{ fails_first, ARRAY_SIZE(fails_first) }, { NULL, 1, false, -ENODEV },
	{ ordered, ARRAY_SIZE(ordered), true }, { NULL, 20, true },
};
static const char *const names[] = {
	"numbers", "endless", "lengths", "page", "one", "skips", "fails", "fails_first", "start_fails", "ordered", "short",
};

static int log_show(struct seq_file *m, void *v)
{
	seq_write(m, log_text, log_length);
	return 0;
}

static int log_open(struct inode *inode, struct file *file)
{
	return single_open(file, log_show, NULL);
}

static ssize_t log_write(struct file *file, const char __user *data, size_t count, loff_t *pos)
{
	log_length = 0;
	return count;
}

static const struct proc_ops log_ops = {
	.proc_open = log_open,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
	.proc_write = log_write,
};

/* Lines, one more for each write. */
static char lines[64][32];
static int line_count;

static void *lines_start(struct seq_file *m, loff_t *pos)
{
	return *pos < line_count ? lines[*pos] : NULL;
}

static void *lines_next(struct seq_file *m, void *v, loff_t *pos)
{
	return ++*pos < line_count ? lines[*pos] : NULL;
}

static void lines_stop(struct seq_file *m, void *v)
{
}

static int lines_show(struct seq_file *m, void *v)
{
	seq_puts(m, v);
	return 0;
}

static const struct seq_operations lines_ops = {
	.start = lines_start,
	.next = lines_next,
	.stop = lines_stop,
	.show = lines_show,
};

static int lines_open(struct inode *inode, struct file *file)
{
	return seq_open(file, &lines_ops);
}

static ssize_t lines_write(struct file *file, const char __user *data, size_t count, loff_t *pos)
{
	size_t length = min(count, sizeof(lines[0]) - 1);

	if (line_count == ARRAY_SIZE(lines))
		return -ENOSPC;
	if (copy_from_user(lines[line_count], data, length))
		return -EFAULT;
	lines[line_count++][length] = 0;
	return length;
}

static const struct proc_ops lines_proc_ops = {
	.proc_open = lines_open,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = seq_release,
	.proc_write = lines_write,
};

static int counter_show(struct seq_file *m, void *v)
{
	static int shown;

	seq_printf(m, "shown %d times\n", ++shown);
	return 0;
}

static int __init contract_seq_init(void)
{
	struct proc_dir_entry *dir = proc_mkdir("contract_seq", NULL);
	int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		proc_create_seq_data(names[i], 0444, dir, &table_ops, &tables[i]);
	proc_create("log", 0644, dir, &log_ops);
	proc_create("lines", 0644, dir, &lines_proc_ops);
	proc_create_single("counter", 0444, dir, counter_show);
	return 0;
}

static void __exit contract_seq_exit(void)
{
	remove_proc_subtree("contract_seq", NULL);
}

module_init(contract_seq_init);
module_exit(contract_seq_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Sequential files with known records");
