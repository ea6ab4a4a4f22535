/**
 * configfs_sample - three subsystems of configfs, each a little more than the one before.
 *
 *     01-childless          attributes, and nothing can be made in it
 *     02-simple-children    mkdir makes an item of one attribute
 *     03-group-children     mkdir makes a group, and mkdir in that an item
 *
 * As samples/configfs/configfs_sample.c.
 */

import { ConfigfsSubsystem, ConfigGroup, ConfigItem, type ConfigItemType, defineModule, kstrtoint } from '../index.ts';

class Childless extends ConfigfsSubsystem {
	showme = 0;
	storeme = 0;
}

const childlessType: ConfigItemType<Childless> = {
	attrs: {
		showme: { show: childless => `${childless.showme++}\n` },
		storeme: {
			show: childless => `${childless.storeme}\n`,
			store(childless, page) {
				childless.storeme = kstrtoint(page, 10);
			},
		},
		description: {
			show: () => `[01-childless]

The childless subsystem is the simplest possible subsystem in
configfs.  It does not support the creation of child config_items.
It only has a few attributes.  In fact, it isn't much different
than a directory in /proc.
`,
		},
	},
};

class SimpleChild extends ConfigItem {
	storeme = 0;
}

const simpleChildType: ConfigItemType<SimpleChild> = {
	attrs: {
		storeme: {
			show: child => `${child.storeme}\n`,
			store(child, page) {
				child.storeme = kstrtoint(page, 10);
			},
		},
	},
};

const simpleChildrenType: ConfigItemType = {
	attrs: {
		description: {
			show: () => `[02-simple-children]

This subsystem allows the creation of child config_items.  These
items have only one attribute that is readable and writeable.
`,
		},
	},
	makeItem: (_group, name) => new SimpleChild(name, simpleChildType),
};

const groupChildrenType: ConfigItemType = {
	attrs: {
		description: {
			show: () => `[03-group-children]

This subsystem allows the creation of child config_groups.  These
groups are like the subsystem simple-children.
`,
		},
	},
	makeGroup: (_group, name) => new ConfigGroup(name, simpleChildrenType),
};

export default defineModule({
	name: 'configfs_sample',
	license: 'GPL',
	description: 'Sample configfs module',

	init({ configfs }) {
		configfs.registerSubsystem(new Childless('01-childless', childlessType));
		configfs.registerSubsystem(new ConfigfsSubsystem('02-simple-children', simpleChildrenType));
		configfs.registerSubsystem(new ConfigfsSubsystem('03-group-children', groupChildrenType));
	},
});
