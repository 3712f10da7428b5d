#!/usr/bin/python3
"""Lets botocore read AWS config files before and after an edit.

    judge_aws_config.py FOLDER NAME COMMAND REGION

For every FOLDER/<n>.before there is an <n>.after, in which the profile NAME has to have that credential_process and that
region, and everything else what it had. Exit code 77 when no botocore is here.
"""

import pathlib
import sys

try:
    from awscli.botocore import configloader
except ImportError:
    try:
        from botocore import configloader
    except ImportError:
        sys.exit(77)


def main():
    folder, name, command, region = sys.argv[1:]
    judged = 0
    for before in sorted(pathlib.Path(folder).glob("*.before")):
        expected = configloader.load_config(str(before))
        expected["profiles"].setdefault(name, {}).update(credential_process=command, region=region)
        after = configloader.load_config(str(before.with_suffix(".after")))
        if after != expected:
            print(f"{before.name}:\n{expected}\nis not\n{after}")
            return 1
        judged += 1
    print(judged)
    return 0


if __name__ == "__main__":
    sys.exit(main())
