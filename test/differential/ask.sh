#!/bin/bash
# ask.sh FILE - asks each line of FILE of the kernel that is at /proc and /sys, as root, and prints it with its answer.
#
#     > the question
#     what it prints, on both outputs
#     = its exit status
#
# Run on a Linux with the modules test_sysctl and configfs_sample, debugfs on /sys/kernel/debug and configfs on /sys/kernel/config, it
# makes answers.txt.
export LC_ALL=C
cd / || exit
while IFS= read -r question; do
	case $question in '' | '#'*) continue ;; esac
	printf '> %s\n' "$question"
	timeout 20 bash -c "$question" </dev/null 2>&1 | cat
	printf '= %s\n' "${PIPESTATUS[0]}"
done <"$1"
