// SPDX-License-Identifier: MIT
/* contract_debugfs - the kernel module that test/contract/modules/contract_debugfs.ts is the likeness of. */
#include <linux/module.h>
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

static u8 u8_value = 200;
static u16 u16_value = 60000;
static u32 u32_value = 4000000000u;
static u64 u64_value = 18000000000000000000ull;
static size_t size_value = 4096;
static unsigned long ulong_value = 9000000000000000000ul;
static atomic_t atomic_value = ATOMIC_INIT(-7);
static bool bool_value = true;
static char *str_value;
static u8 blob_bytes[8] = "blobblob";
static struct debugfs_blob_wrapper blob = { .data = blob_bytes, .size = sizeof(blob_bytes) };
static u32 numbers[] = { 1, 22, 333 };
static struct debugfs_u32_array array = { .array = numbers, .n_elements = ARRAY_SIZE(numbers) };
static struct debugfs_u32_array no_array = { .array = numbers, .n_elements = 0 };
static u64 percent_value = 50;
static u64 signed_value;
static char own_bytes[200] = "own";
static char text[] = "here\n";

static ssize_t own_read(struct file *file, char __user *data, size_t count, loff_t *pos)
{
	return simple_read_from_buffer(data, count, pos, own_bytes, sizeof(own_bytes));
}

static ssize_t own_write(struct file *file, const char __user *data, size_t count, loff_t *pos)
{
	if (count > sizeof(own_bytes))
		return -EINVAL;
	if (copy_from_user(own_bytes, data, count))
		return -EFAULT;
	return count;
}

static const struct file_operations own_ops = { .read = own_read, .write = own_write };

static int record_show(struct seq_file *m, void *v)
{
	seq_puts(m, m->private);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(record);

static int text_open(struct inode *inode, struct file *file)
{
	return single_open(file, record_show, inode->i_private);
}

static ssize_t text_write(struct file *file, const char __user *data, size_t count, loff_t *pos)
{
	return count;
}

static __poll_t text_poll(struct file *file, struct poll_table_struct *wait)
{
	return EPOLLIN;
}

static const struct file_operations text_ops = {
	.owner = THIS_MODULE,
	.open = text_open,
	.read = seq_read,
	.write = text_write,
	.llseek = seq_lseek,
	.poll = text_poll,
	.release = single_release,
};

static int percent_get(void *data, u64 *value)
{
	*value = *(u64 *)data;
	return 0;
}

static int percent_set(void *data, u64 value)
{
	if (value > 100)
		return -EDOM;
	*(u64 *)data = value;
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(percent_ops, percent_get, percent_set, "%llu%%\n");

static int signed_set(void *data, u64 value)
{
	*(u64 *)data = value;
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE_SIGNED(signed_ops, percent_get, signed_set, "%lld\n");

static struct dentry *dir, *victims, *renamed;

static void create_victims(void)
{
	struct dentry *sub;

	victims = debugfs_create_dir("victims", dir);
	debugfs_create_file("file", 0644, victims, text, &text_ops);
	debugfs_create_u8("u8", 0644, victims, &u8_value);
	debugfs_create_bool("bool", 0644, victims, &bool_value);
	sub = debugfs_create_dir("sub", victims);
	debugfs_create_file("inner", 0444, sub, text, &record_fops);
}

/* `r` renames the file that is called before or after, anything else takes the victims away or brings them back. */
static ssize_t toggle_write(struct file *file, const char __user *data, size_t count, loff_t *pos)
{
	char c;

	if (count == 0 || get_user(c, data))
		return -EFAULT;
	if (c == 'r') {
		bool after = !strcmp(renamed->d_name.name, "after");

		renamed = debugfs_rename(dir, renamed, dir, after ? "before" : "after");
		return PTR_ERR_OR_ZERO(renamed) ?: count;
	}
	if (!victims) {
		create_victims();
		return count;
	}
	debugfs_remove(victims);
	victims = NULL;
	return count;
}

static const struct file_operations toggle_ops = { .write = toggle_write };

static int __init contract_debugfs_init(void)
{
	struct dentry *sub;

	str_value = kstrdup("initial", GFP_KERNEL);
	dir = debugfs_create_dir("contract_debugfs", NULL);
	debugfs_create_u8("u8", 0644, dir, &u8_value);
	debugfs_create_u16("u16", 0644, dir, &u16_value);
	debugfs_create_u32("u32", 0644, dir, &u32_value);
	debugfs_create_u64("u64", 0644, dir, &u64_value);
	debugfs_create_x8("x8", 0644, dir, &u8_value);
	debugfs_create_x16("x16", 0644, dir, &u16_value);
	debugfs_create_x32("x32", 0644, dir, &u32_value);
	debugfs_create_x64("x64", 0644, dir, &u64_value);
	debugfs_create_size_t("size_t", 0644, dir, &size_value);
	debugfs_create_ulong("ulong", 0644, dir, &ulong_value);
	debugfs_create_atomic_t("atomic_t", 0644, dir, &atomic_value);
	debugfs_create_bool("bool", 0644, dir, &bool_value);
	debugfs_create_str("str", 0644, dir, &str_value);
	debugfs_create_blob("blob", 0644, dir, &blob);
	debugfs_create_u8("u8_ro", 0444, dir, &u8_value);
	debugfs_create_u8("u8_wo", 0200, dir, &u8_value);
	debugfs_create_u8("u8_none", 0, dir, &u8_value);
	debugfs_create_bool("bool_ro", 0444, dir, &bool_value);
	debugfs_create_bool("bool_wo", 0200, dir, &bool_value);
	debugfs_create_str("str_ro", 0444, dir, &str_value);
	debugfs_create_blob("blob_ro", 0444, dir, &blob);
	debugfs_create_u32_array("u32_array", 0444, dir, &array);
	debugfs_create_u32_array("no_array", 0444, dir, &no_array);
	debugfs_create_file("own", 0644, dir, NULL, &own_ops);
	debugfs_create_file("seq", 0644, dir, text, &record_fops);
	debugfs_create_file("noop", 0644, dir, NULL, NULL);
	debugfs_create_file("percent", 0644, dir, &percent_value, &percent_ops);
	debugfs_create_file_unsafe("signed", 0644, dir, &signed_value, &signed_ops);
	debugfs_create_file_size("sized", 0644, dir, NULL, &own_ops, 200);
	sub = debugfs_create_dir("dir", dir);
	debugfs_create_file("file", 0444, sub, text, &record_fops);
	debugfs_create_dir("empty", sub);
	debugfs_create_symlink("link", dir, "dir/file");
	debugfs_create_file("toggle", 0200, dir, NULL, &toggle_ops);
	debugfs_create_u8("before", 0644, dir, &u8_value);
	renamed = debugfs_lookup("before", dir);
	create_victims();
	return 0;
}

static void __exit contract_debugfs_exit(void)
{
	debugfs_remove(dir);
	kfree(str_value);
}

module_init(contract_debugfs_init);
module_exit(contract_debugfs_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("One debugfs file of each kind");
