// SPDX-License-Identifier: MIT
/* contract_gone - the kernel module that test/contract/modules/contract_gone.ts is the likeness of. */
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

static struct proc_dir_entry *dir, *victims;

static int text_show(struct seq_file *m, void *v)
{
	seq_puts(m, "here\n");
	return 0;
}

static int text_open(struct inode *inode, struct file *file)
{
	return single_open(file, text_show, NULL);
}

static ssize_t text_write(struct file *file, const char __user *data, size_t count, loff_t *pos)
{
	return count;
}

static const struct proc_ops text_ops = {
	.proc_open = text_open,
	.proc_read = seq_read,
	.proc_write = text_write,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
};

static void create_victims(void)
{
	victims = proc_mkdir("victims", dir);
	proc_create("file", 0644, victims, &text_ops);
	proc_create("inner", 0644, proc_mkdir("sub", victims), &text_ops);
}

/* Any write takes the victims away, or brings them back. */
static ssize_t toggle_write(struct file *file, const char __user *data, size_t count, loff_t *pos)
{
	if (victims) {
		proc_remove(victims);
		victims = NULL;
	} else {
		create_victims();
	}
	return count;
}

static const struct proc_ops toggle_ops = { .proc_write = toggle_write };

static int __init contract_gone_init(void)
{
	dir = proc_mkdir("contract_gone", NULL);
	proc_create("toggle", 0200, dir, &toggle_ops);
	create_victims();
	return 0;
}

static void __exit contract_gone_exit(void)
{
	proc_remove(dir);
}

module_init(contract_gone_init);
module_exit(contract_gone_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Proc entries that go away");
