// SPDX-License-Identifier: MIT
/* contract_proc - the kernel module that test/contract/modules/contract_proc.ts is the likeness of. */
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>

static char value[64] = "initial\n";

static ssize_t value_read(struct file *file, char __user *data, size_t count, loff_t *pos)
{
	return simple_read_from_buffer(data, count, pos, value, strlen(value));
}

static ssize_t value_write(struct file *file, const char __user *data, size_t count, loff_t *pos)
{
	size_t length = min(count, sizeof(value) - 1);

	if (copy_from_user(value, data, length))
		return -EFAULT;
	value[length] = 0;
	return length;
}

static const struct proc_ops both_ops = {
	.proc_read = value_read,
	.proc_write = value_write,
	.proc_lseek = default_llseek,
};
static const struct proc_ops read_ops = { .proc_read = value_read, .proc_lseek = default_llseek };
static const struct proc_ops write_ops = { .proc_write = value_write, .proc_lseek = default_llseek };
static const struct proc_ops noseek_ops = { .proc_read = value_read };

static struct proc_dir_entry *dir;

static int __init contract_proc_init(void)
{
	struct proc_dir_entry *sub;

	dir = proc_mkdir("contract_proc", NULL);
	proc_create("both", 0644, dir, &both_ops);
	proc_create("read", 0444, dir, &read_ops);
	proc_create("write", 0200, dir, &write_ops);
	proc_create("secret", 0400, dir, &read_ops);
	proc_create("open_to_all", 0666, dir, &both_ops);
	proc_create("noseek", 0444, dir, &noseek_ops);
	proc_set_size(proc_create("sized", 0444, dir, &read_ops), 1234);
	proc_set_user(proc_create("owned", 0400, dir, &read_ops), make_kuid(&init_user_ns, 65534),
		      make_kgid(&init_user_ns, 65534));
	sub = proc_mkdir("dir", dir);
	proc_create("file", 0444, proc_mkdir("a", sub), &read_ops);
	proc_mkdir("b", sub);
	sub = proc_mkdir_mode("private", 0700, dir);
	proc_create("file", 0444, sub, &read_ops);
	proc_symlink("link", dir, "dir/a/file");
	proc_symlink("dangling", dir, "nowhere");
	return 0;
}

static void __exit contract_proc_exit(void)
{
	proc_remove(dir);
}

module_init(contract_proc_init);
module_exit(contract_proc_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("One proc entry of each kind");
