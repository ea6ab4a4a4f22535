// SPDX-License-Identifier: GPL-2.0
/*
 * contract_configfs - two subsystems with one of everything. The likeness of test/contract/modules/contract_configfs.ts.
 */
#include <linux/configfs.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/wait.h>

#define ROOM 4096

/* What has been called, a line each. */
static char journal[ROOM];
static DEFINE_MUTEX(journal_lock);

static __printf(1, 2) void note(const char *format, ...)
{
	va_list args;
	size_t at;

	mutex_lock(&journal_lock);
	at = strlen(journal);
	va_start(args, format);
	vscnprintf(journal + at, ROOM - at, format, args);
	va_end(args);
	mutex_unlock(&journal_lock);
}

static DECLARE_WAIT_QUEUE_HEAD(naps);
static int wakes, sleepers;

/* Sleeps until somebody writes to "wake". */
static int nap(void)
{
	int seen = wakes, ret;

	sleepers++;
	ret = wait_event_killable(naps, wakes != seen);
	sleepers--;
	return ret;
}

struct thing {
	struct config_group group;
	size_t length;
	char text[ROOM];
};

static struct configfs_subsystem first, second, twin;
static struct thing of_first;
static int twin_result, shown;
static size_t blob_length;
static char blob[16];

static struct thing *to_thing(struct config_item *item)
{
	if (item == &first.su_group.cg_item)
		return &of_first;
	return container_of(to_config_group(item), struct thing, group);
}

static ssize_t thing_text_show(struct config_item *item, char *page)
{
	struct thing *thing = to_thing(item);

	memcpy(page, thing->text, thing->length);
	return thing->length;
}

static ssize_t thing_text_store(struct config_item *item, const char *page, size_t count)
{
	struct thing *thing = to_thing(item);

	memcpy(thing->text, page, count);
	thing->length = count;
	return count;
}

static ssize_t thing_slow_show(struct config_item *item, char *page)
{
	int ret = nap();

	return ret ? ret : thing_text_show(item, page);
}

static ssize_t first_count_show(struct config_item *item, char *page)
{
	return sprintf(page, "%d\n", shown++);
}

static ssize_t first_wo_store(struct config_item *item, const char *page, size_t count)
{
	return thing_text_store(item, page, count);
}

static ssize_t first_full_show(struct config_item *item, char *page)
{
	memset(page, 'f', 4096);
	return 4096;
}

static ssize_t first_over_show(struct config_item *item, char *page)
{
	return 4097;
}

static ssize_t first_bad_show(struct config_item *item, char *page)
{
	return -ENODATA;
}

static ssize_t first_bad_store(struct config_item *item, const char *page, size_t count)
{
	return -EXDEV;
}

static ssize_t first_some_store(struct config_item *item, const char *page, size_t count)
{
	note("some %zu\n", count);
	return 2;
}

static ssize_t second_log_show(struct config_item *item, char *page)
{
	return sprintf(page, "%s", journal);
}

static ssize_t second_log_store(struct config_item *item, const char *page, size_t count)
{
	journal[0] = 0;
	return count;
}

static ssize_t first_twice_show(struct config_item *item, char *page)
{
	return sprintf(page, "%d\n", twin_result);
}

static ssize_t second_sleepers_show(struct config_item *item, char *page)
{
	return sprintf(page, "%d\n", sleepers);
}

static ssize_t second_wake_store(struct config_item *item, const char *page, size_t count)
{
	wakes++;
	wake_up_all(&naps);
	return count;
}

static ssize_t first_hidden_show(struct config_item *item, char *page)
{
	return 0;
}

/* "+name" has the kernel depend on an item, "-name" ends that. */
static ssize_t first_depend_store(struct config_item *item, const char *page, size_t count)
{
	char name[32];
	struct config_item *target;
	int ret = 0;

	if (sscanf(page + 1, "%31s", name) != 1)
		return -EINVAL;
	mutex_lock(&first.su_mutex);
	target = config_group_find_item(&first.su_group, name);
	mutex_unlock(&first.su_mutex);
	if (!target)
		return -ENOENT;
	if (page[0] == '+')
		ret = configfs_depend_item_unlocked(&first, target);
	else
		configfs_undepend_item_unlocked(target);
	config_item_put(target);
	return ret ? ret : count;
}

static ssize_t first_blob_read(struct config_item *item, void *buf, size_t size)
{
	if (buf)
		memcpy(buf, blob, blob_length);
	else
		note("read\n");
	return blob_length;
}

static ssize_t first_blob_write(struct config_item *item, const void *buf, size_t size)
{
	note("write %zu\n", size);
	memcpy(blob, buf, size);
	blob_length = size;
	return size;
}

static ssize_t first_large_read(struct config_item *item, void *buf, size_t size)
{
	if (buf)
		memset(buf, 'l', 10000);
	return 10000;
}

static ssize_t first_beyond_read(struct config_item *item, void *buf, size_t size)
{
	return 17;
}

CONFIGFS_ATTR(thing_, text);
CONFIGFS_ATTR_RO(thing_, slow);
CONFIGFS_ATTR_RO(first_, count);
CONFIGFS_ATTR_WO(first_, wo);
CONFIGFS_ATTR_RO(first_, full);
CONFIGFS_ATTR_RO(first_, over);
CONFIGFS_ATTR(first_, bad);
CONFIGFS_ATTR_WO(first_, some);
CONFIGFS_ATTR(second_, log);
CONFIGFS_ATTR_RO(first_, twice);
CONFIGFS_ATTR_RO(first_, hidden);
CONFIGFS_ATTR_RO(second_, sleepers);
CONFIGFS_ATTR_WO(second_, wake);
CONFIGFS_ATTR_WO(first_, depend);
CONFIGFS_BIN_ATTR(first_, blob, NULL, 16);
CONFIGFS_BIN_ATTR_RO(first_, large, NULL, 0);
CONFIGFS_BIN_ATTR_RO(first_, beyond, NULL, 16);

static struct configfs_attribute *thing_attrs[] = { &thing_attr_text, &thing_attr_slow, NULL };
static struct configfs_attribute *first_attrs[] = {
	&thing_attr_text, &first_attr_count, &first_attr_wo, &first_attr_full, &first_attr_over, &first_attr_bad,
	&first_attr_some, &first_attr_twice, &first_attr_hidden, &first_attr_depend, NULL,
};
static struct configfs_attribute *second_attrs[] = {
	&second_attr_log, &second_attr_sleepers, &second_attr_wake, NULL,
};
static struct configfs_bin_attribute *first_bin_attrs[] = {
	&first_attr_blob, &first_attr_large, &first_attr_beyond, NULL,
};

static void thing_release(struct config_item *item)
{
	note("release\n");
	kfree(to_thing(item));
}

static int thing_allow_link(struct config_item *src, struct config_item *target)
{
	note("allow %s %s\n", config_item_name(src), config_item_name(target));
	return strncmp(config_item_name(target), "no", 2) ? 0 : -ERANGE;
}

static void thing_drop_link(struct config_item *src, struct config_item *target)
{
	note("unlink %s %s\n", config_item_name(src), config_item_name(target));
}

static struct configfs_item_operations thing_ops = { .release = thing_release };
static struct configfs_item_operations link_ops = {
	.release = thing_release,
	.allow_link = thing_allow_link,
	.drop_link = thing_drop_link,
};

static struct config_item *make_item(struct config_group *group, const char *name);
static struct config_group *make_group(struct config_group *group, const char *name);

static void disconnect_notify(struct config_group *group, struct config_item *item)
{
	note("disconnect %s\n", config_item_name(item));
}

static void drop_item(struct config_group *group, struct config_item *item)
{
	note("drop %s\n", config_item_name(item));
	config_item_put(item);
}

static bool is_visible(struct config_item *item, struct configfs_attribute *attr, int n)
{
	return attr != &first_attr_hidden;
}

static struct configfs_group_operations group_ops = {
	.make_group = make_group,
	.disconnect_notify = disconnect_notify,
	.drop_item = drop_item,
	.is_visible = is_visible,
};
static struct configfs_group_operations item_group_ops = { .make_item = make_item };

static const struct config_item_type plain_type = {
	.ct_item_ops = &thing_ops, .ct_attrs = thing_attrs, .ct_owner = THIS_MODULE,
};
static const struct config_item_type link_type = {
	.ct_item_ops = &link_ops, .ct_attrs = thing_attrs, .ct_owner = THIS_MODULE,
};
static const struct config_item_type group_type = {
	.ct_item_ops = &thing_ops, .ct_group_ops = &group_ops, .ct_owner = THIS_MODULE,
};
static const struct config_item_type first_type = {
	.ct_group_ops = &group_ops, .ct_attrs = first_attrs, .ct_bin_attrs = first_bin_attrs, .ct_owner = THIS_MODULE,
};
static const struct config_item_type second_type = {
	.ct_group_ops = &item_group_ops, .ct_attrs = second_attrs, .ct_owner = THIS_MODULE,
};
static const struct config_item_type twin_type = { .ct_group_ops = &item_group_ops, .ct_owner = THIS_MODULE };

static struct thing *new_thing(const char *name, const struct config_item_type *type)
{
	struct thing *thing = kzalloc(sizeof(*thing), GFP_KERNEL);

	config_group_init_type_name(&thing->group, name, type);
	return thing;
}

static struct config_item *make_item(struct config_group *group, const char *name)
{
	struct thing *thing = new_thing(name, &plain_type);

	return &thing->group.cg_item;
}

static struct config_group *make_group(struct config_group *group, const char *name)
{
	struct thing *thing, *outer, *inner;
	int error;

	note("make %s\n", name);
	if (sscanf(name, "err-%d", &error) == 1)
		return ERR_PTR(-error);
	if (!strcmp(name, "null"))
		return NULL;
	if (!strncmp(name, "slow", 4) && nap())
		return ERR_PTR(-EINTR);
	if (!strncmp(name, "link", 4)) {
		thing = new_thing(name, &link_type);
	} else if (!strncmp(name, "group", 5) || !strcmp(name, "clash")) {
		thing = new_thing(name, &group_type);
		outer = new_thing("default", &group_type);
		inner = new_thing(strcmp(name, "clash") ? "deep" : "default", &plain_type);
		configfs_add_default_group(&outer->group, &thing->group);
		configfs_add_default_group(&inner->group, strcmp(name, "clash") ? &outer->group : &thing->group);
	} else {
		thing = new_thing(name, &plain_type);
	}
	return &thing->group;
}

static struct configfs_subsystem first = {
	.su_group = { .cg_item = { .ci_namebuf = "contract_configfs", .ci_type = &first_type } },
};
static struct configfs_subsystem second = {
	.su_group = { .cg_item = { .ci_namebuf = "contract_configfs2", .ci_type = &second_type } },
};
static struct configfs_subsystem twin = {
	.su_group = { .cg_item = { .ci_namebuf = "contract_configfs", .ci_type = &twin_type } },
};

static int register_one(struct configfs_subsystem *subsys)
{
	config_group_init(&subsys->su_group);
	mutex_init(&subsys->su_mutex);
	return configfs_register_subsystem(subsys);
}

static int __init contract_init(void)
{
	int ret = register_one(&first);

	if (ret)
		return ret;
	ret = register_one(&second);
	if (ret)
		configfs_unregister_subsystem(&first);
	else
		twin_result = register_one(&twin);
	return ret;
}

static void __exit contract_exit(void)
{
	configfs_unregister_subsystem(&second);
	configfs_unregister_subsystem(&first);
}

module_init(contract_init);
module_exit(contract_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Subsystems of configfs for the contracts");
