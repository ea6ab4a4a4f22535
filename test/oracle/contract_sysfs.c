// SPDX-License-Identifier: MIT
/* contract_sysfs - the kernel module that test/contract/modules/contract_sysfs.ts is the likeness of. */
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/sysfs.h>

static struct kobject *top, *child;
static char log_text[3072];
static size_t log_length;
static int value, shown, length, four = 1, news, group_mode = 0400;

#define SHOW(name) static ssize_t name(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
#define STORE(name) static ssize_t name(struct kobject *kobj, struct kobj_attribute *attr, const char *buf, size_t count)

SHOW(value_show) { return sysfs_emit(buf, "%d\n", value); }
STORE(value_store)
{
	int error = kstrtoint(buf, 10, &value);

	return error ? error : count;
}

SHOW(text_show) { return sysfs_emit(buf, "text\n"); }
STORE(swallow_store) { return count; }
SHOW(counter_show) { return sysfs_emit(buf, "shown %d times\n", ++shown); }
SHOW(empty_show) { return 0; }
SHOW(busy_show) { return -EBUSY; }
STORE(perm_store) { return -EPERM; }

SHOW(log_show) { return scnprintf(buf, PAGE_SIZE, "%s", log_text); }
STORE(log_store)
{
	log_length = 0;
	log_text[0] = '\0';
	return count;
}

/* Bytes that came, and those before the first NUL. */
STORE(stored_store)
{
	log_length += scnprintf(log_text + log_length, sizeof(log_text) - log_length, "%zu/%zu ", count, strlen(buf));
	return count;
}

SHOW(sized_show)
{
	memset(buf, 'x', length < PAGE_SIZE ? length : PAGE_SIZE);
	return length;
}
STORE(sized_store)
{
	int error = kstrtoint(buf, 10, &length);

	return error ? error : count;
}

SHOW(four_show) { return sysfs_emit(buf, "%d\n", four); }
STORE(four_store)
{
	int ignored __maybe_unused = sscanf(buf, "%d", &four);

	return sizeof(int);
}

SHOW(news_show) { return sysfs_emit(buf, "%d\n", news); }
STORE(news_store)
{
	int error = kstrtoint(buf, 10, &news);

	if (error)
		return error;
	sysfs_notify(kobj, NULL, "news");
	return count;
}

static struct kobj_attribute value_attr = __ATTR(value, 0644, value_show, value_store);
static struct kobj_attribute ro_attr = __ATTR(ro, 0444, text_show, NULL);
static struct kobj_attribute wo_attr = __ATTR(wo, 0200, NULL, swallow_store);
static struct kobj_attribute none_attr = __ATTR(none, 0000, text_show, swallow_store);
static struct kobj_attribute secret_attr = __ATTR(secret, 0400, text_show, NULL);
static struct kobj_attribute noshow_attr = __ATTR(noshow, 0644, NULL, swallow_store);
static struct kobj_attribute nostore_attr = __ATTR(nostore, 0644, text_show, NULL);
static struct kobj_attribute counter_attr = __ATTR(counter, 0444, counter_show, NULL);
static struct kobj_attribute empty_attr = __ATTR(empty, 0444, empty_show, NULL);
static struct kobj_attribute refuses_attr = __ATTR(refuses, 0644, busy_show, perm_store);
static struct kobj_attribute log_attr = __ATTR(log, 0644, log_show, log_store);
static struct kobj_attribute stored_attr = __ATTR(stored, 0644, empty_show, stored_store);
static struct kobj_attribute sized_attr = __ATTR(sized, 0644, sized_show, sized_store);
static struct kobj_attribute four_attr = __ATTR(four, 0644, four_show, four_store);
static struct kobj_attribute news_attr = __ATTR(news, 0644, news_show, news_store);
static struct kobj_attribute gone_attr = __ATTR(gone, 0644, text_show, swallow_store);
static struct kobj_attribute a_attr = __ATTR(a, 0444, text_show, NULL);
static struct kobj_attribute b_attr = __ATTR(b, 0444, text_show, NULL);
static struct kobj_attribute hidden_attr = __ATTR(hidden, 0444, text_show, NULL);

static struct attribute *inner_attrs[] = { &a_attr.attr, &b_attr.attr, &hidden_attr.attr, NULL };

static umode_t inner_visible(struct kobject *kobj, struct attribute *attr, int n)
{
	if (attr == &hidden_attr.attr)
		return 0;
	return attr == &b_attr.attr ? group_mode : attr->mode;
}

static const struct attribute_group inner_group = {
	.name = "inner", .attrs = inner_attrs, .is_visible = inner_visible,
};

STORE(control_store)
{
	if (sysfs_streq(buf, "remove"))
		sysfs_remove_file(kobj, &gone_attr.attr);
	else if (sysfs_streq(buf, "add"))
		return sysfs_create_file(kobj, &gone_attr.attr) ?: count;
	else if (sysfs_streq(buf, "notify"))
		sysfs_notify(kobj, NULL, "news");
	else if (sysfs_streq(buf, "hide")) {
		group_mode = 0;
		return sysfs_update_group(kobj, &inner_group) ?: count;
	} else if (sysfs_streq(buf, "show")) {
		group_mode = 0400;
		return sysfs_update_group(kobj, &inner_group) ?: count;
	} else
		return -EINVAL;
	return count;
}
static struct kobj_attribute control_attr = __ATTR(control, 0200, NULL, control_store);

static struct attribute *attrs[] = {
	&value_attr.attr, &ro_attr.attr, &wo_attr.attr, &none_attr.attr, &secret_attr.attr, &noshow_attr.attr,
	&nostore_attr.attr, &counter_attr.attr, &empty_attr.attr, &refuses_attr.attr, &log_attr.attr, &stored_attr.attr,
	&sized_attr.attr, &four_attr.attr, &news_attr.attr, &gone_attr.attr, &control_attr.attr, NULL
};

/* Byte i is i; what is read and written is told to the log. */
static ssize_t bytes_read(struct file *file, struct kobject *kobj, struct bin_attribute *attr, char *buf, loff_t pos,
			  size_t count)
{
	size_t i;

	log_length += scnprintf(log_text + log_length, sizeof(log_text) - log_length, "r%lld+%zu ", pos, count);
	for (i = 0; i < count; i++)
		buf[i] = pos + i;
	return count;
}

static ssize_t bytes_write(struct file *file, struct kobject *kobj, struct bin_attribute *attr, char *buf, loff_t pos,
			   size_t count)
{
	log_length += scnprintf(log_text + log_length, sizeof(log_text) - log_length, "w%lld+%zu ", pos, count);
	return count;
}

static struct bin_attribute bytes = {
	.attr = { .name = "bytes", .mode = 0644 }, .size = 100, .read = bytes_read, .write = bytes_write,
};
static struct bin_attribute bytes_ro = {
	.attr = { .name = "bytes_ro", .mode = 0644 }, .size = 100, .read = bytes_read,
};
static struct bin_attribute bytes_wo = {
	.attr = { .name = "bytes_wo", .mode = 0644 }, .size = 100, .write = bytes_write,
};
static struct bin_attribute endless = {
	.attr = { .name = "endless", .mode = 0644 }, .read = bytes_read, .write = bytes_write,
};
static struct bin_attribute *bin_attrs[] = { &bytes, &bytes_ro, &bytes_wo, &endless, NULL };

static const struct attribute_group group = { .attrs = attrs, .bin_attrs = bin_attrs };

static int __init contract_init(void)
{
	int error = -ENOMEM;

	top = kobject_create_and_add("contract_sysfs", kernel_kobj);
	if (!top)
		return -ENOMEM;
	child = kobject_create_and_add("child", top);
	if (child)
		error = sysfs_create_group(top, &group);
	if (!error)
		error = sysfs_create_group(top, &inner_group);
	if (!error)
		error = sysfs_create_link(child, top, "up");
	if (!error)
		error = sysfs_create_link(top, child, "down");
	if (error) {
		kobject_put(child);
		kobject_put(top);
	}
	return error;
}

static void __exit contract_exit(void)
{
	kobject_put(child);
	kobject_put(top);
}

module_init(contract_init);
module_exit(contract_exit);
MODULE_DESCRIPTION("Attributes of every kind");
MODULE_LICENSE("GPL");
