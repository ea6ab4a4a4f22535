// SPDX-License-Identifier: MIT
/* contract_misc - the kernel module that test/contract/modules/contract_misc.ts is the likeness of. */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/string.h>

static int users;

static int contract_open(struct inode *inode, struct file *file)
{
	if (users > 0)
		return -EBUSY;
	users++;
	return 0;
}

static int contract_release(struct inode *inode, struct file *file)
{
	users--;
	return 0;
}

static ssize_t contract_read(struct file *file, char __user *buf, size_t count, loff_t *ppos)
{
	return simple_read_from_buffer(buf, count, ppos, "contract\n", 9);
}

static ssize_t other_read(struct file *file, char __user *buf, size_t count, loff_t *ppos)
{
	struct miscdevice *misc = file->private_data;
	char text[64];

	snprintf(text, sizeof(text), "%s\n", misc->minor > MISC_DYNAMIC_MINOR ? misc->name : "");
	return simple_read_from_buffer(buf, count, ppos, text, strlen(text));
}

static const struct file_operations contract_fops = {
	.owner = THIS_MODULE, .open = contract_open, .release = contract_release, .read = contract_read,
};
static const struct file_operations other_fops = { .owner = THIS_MODULE, .read = other_read };
static struct miscdevice contract_misc = {
	.minor = MISC_DYNAMIC_MINOR, .name = "contract_misc", .mode = 0644, .fops = &contract_fops,
};
static struct miscdevice contract_other = {
	.minor = MISC_DYNAMIC_MINOR, .name = "contract_other", .nodename = "contract/other", .fops = &other_fops,
};

static int __init contract_misc_init(void)
{
	int error = misc_register(&contract_misc);

	if (error)
		return error;
	error = misc_register(&contract_other);
	if (error)
		misc_deregister(&contract_misc);
	return error;
}

static void __exit contract_misc_exit(void)
{
	misc_deregister(&contract_other);
	misc_deregister(&contract_misc);
}

module_init(contract_misc_init);
module_exit(contract_misc_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Devices that need one number");
