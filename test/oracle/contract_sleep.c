// SPDX-License-Identifier: MIT
/* contract_sleep - the kernel module that test/contract/modules/contract_sleep.ts is the likeness of. */
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

static DECLARE_WAIT_QUEUE_HEAD(arrived);
static char data[256];
static size_t length;
static atomic_t waiters = ATOMIC_INIT(0);

static ssize_t data_read(struct file *file, char __user *to, size_t count, loff_t *pos)
{
	int error;

	while (!length) {
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		atomic_inc(&waiters);
		error = wait_event_interruptible(arrived, length);
		atomic_dec(&waiters);
		if (error)
			return error;
	}
	count = min(count, length);
	if (copy_to_user(to, data, count))
		return -EFAULT;
	memmove(data, data + count, length - count);
	length -= count;
	return count;
}

static ssize_t data_write(struct file *file, const char __user *from, size_t count, loff_t *pos)
{
	count = min(count, sizeof(data) - length);
	if (copy_from_user(data + length, from, count))
		return -EFAULT;
	length += count;
	wake_up_interruptible(&arrived);
	return count;
}

static __poll_t data_poll(struct file *file, poll_table *table)
{
	poll_wait(file, &arrived, table);
	return EPOLLOUT | EPOLLWRNORM | (length ? EPOLLIN | EPOLLRDNORM : 0);
}

static const struct proc_ops data_ops = {
	.proc_read = data_read,
	.proc_write = data_write,
	.proc_poll = data_poll,
};

static int waiters_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%d\n", atomic_read(&waiters));
	return 0;
}

static int __init contract_sleep_init(void)
{
	struct proc_dir_entry *dir = proc_mkdir("contract_sleep", NULL);

	proc_create("data", 0666, dir, &data_ops);
	proc_create_single("waiters", 0444, dir, waiters_show);
	return 0;
}

static void __exit contract_sleep_exit(void)
{
	remove_proc_subtree("contract_sleep", NULL);
}

module_init(contract_sleep_init);
module_exit(contract_sleep_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A file whose readers sleep");
