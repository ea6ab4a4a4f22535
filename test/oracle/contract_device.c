// SPDX-License-Identifier: MIT
/* contract_device - the kernel module that test/contract/modules/contract_device.ts is the likeness of. */
#include <linux/device.h>
#include <linux/kdev_t.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#define TEXT(name, text) \
	static ssize_t name##_show(struct device *dev, struct device_attribute *attr, char *buf) \
	{ return sysfs_emit(buf, text "\n"); } \
	static DEVICE_ATTR_RO(name)

TEXT(of_bound, "bound");
TEXT(of_device, "device");
TEXT(of_class, "class");

static ssize_t of_bus_show(const struct bus_type *bus, char *buf) { return sysfs_emit(buf, "bus\n"); }
static BUS_ATTR_RO(of_bus);
static ssize_t of_driver_show(struct device_driver *drv, char *buf) { return sysfs_emit(buf, "driver\n"); }
static DRIVER_ATTR_RO(of_driver);

static struct attribute *bus_attrs[] = { &bus_attr_of_bus.attr, NULL };
ATTRIBUTE_GROUPS(bus);
static struct attribute *driver_attrs[] = { &driver_attr_of_driver.attr, NULL };
ATTRIBUTE_GROUPS(driver);
static struct attribute *bound_attrs[] = { &dev_attr_of_bound.attr, NULL };
ATTRIBUTE_GROUPS(bound);
static struct attribute *class_attrs[] = { &dev_attr_of_class.attr, NULL };
ATTRIBUTE_GROUPS(class);
static struct attribute *own_attrs[] = { &dev_attr_of_device.attr, NULL };
static const struct attribute_group own_group = { .name = "group", .attrs = own_attrs };
static const struct attribute_group *own_groups[] = { &own_group, NULL };

static const struct bus_type contract_bus = { .name = "contract_bus", .bus_groups = bus_groups };

static int contract_probe(struct device *dev)
{
	return strcmp(dev_name(dev), "contract_dev0") ? -ENXIO : 0;
}

static struct device_driver contract_driver = {
	.name = "contract_driver",
	.bus = &contract_bus,
	.owner = THIS_MODULE,
	.probe = contract_probe,
	.groups = driver_groups,
	.dev_groups = bound_groups,
};

static int contract_uevent(const struct device *dev, struct kobj_uevent_env *env)
{
	return add_uevent_var(env, "CONTRACT=kept");
}

static const struct class contract_class = {
	.name = "contract_class",
	.dev_groups = class_groups,
	.dev_uevent = contract_uevent,
};

static struct device *devices[2];

static void contract_release(struct device *dev) { kfree(dev); }

static int __init contract_device_init(void)
{
	int error = bus_register(&contract_bus);
	int i;

	if (error)
		return error;
	for (i = 0; i < 2; i++) {
		struct device *dev = kzalloc(sizeof(*dev), GFP_KERNEL);

		dev->bus = &contract_bus;
		dev->release = contract_release;
		dev->groups = own_groups;
		dev_set_name(dev, "contract_dev%d", i);
		error = device_register(dev);
		devices[i] = dev;
	}
	error = driver_register(&contract_driver);
	if (!error)
		error = class_register(&contract_class);
	if (!error)
		device_create(&contract_class, NULL, MKDEV(240, 5), NULL, "contract_obj");
	return error;
}

static void __exit contract_device_exit(void)
{
	int i;

	device_destroy(&contract_class, MKDEV(240, 5));
	class_unregister(&contract_class);
	driver_unregister(&contract_driver);
	for (i = 1; i >= 0; i--)
		device_unregister(devices[i]);
	bus_unregister(&contract_bus);
}

module_init(contract_device_init);
module_exit(contract_device_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A bus, a driver, a class and devices");
