#!/bin/sh
# Create a virtual environment and install the locked requirements and this project into it.
# usage: venv.sh PYTHON VENV LOCK
set -eu
python=$1 venv=$2 lock=$3

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "需要 Python 3.11 或更新版本，现在是：$("$python" --version 2>&1)" >&2
    exit 1
}
if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    "$python" -m venv --clear "$venv" 2>/dev/null || {
        # Debian splits venv from python3
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv
        elif command -v sudo >/dev/null && command -v apt-get >/dev/null; then
            sudo apt-get update -qq && sudo apt-get install -y -qq --no-install-recommends python3-venv
        fi
        "$python" -m venv --clear "$venv" || {
            echo "无法创建虚拟环境：请先安装 Debian 软件包 python3-venv" >&2
            exit 1
        }
    }
fi
echo "安装依赖（$lock）……"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
# the project itself: a path file is enough, there is nothing to build
site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
pwd > "$site/wangdun.pth"
cat > "$venv/bin/wangdun" <<SCRIPT
#!$(pwd)/$venv/bin/python
import sys
from wangdun.cli import main
if __name__ == "__main__":
    sys.exit(main())
SCRIPT
chmod +x "$venv/bin/wangdun"
# detection is several times faster with its kernel; without a C compiler it works all the same
"$venv/bin/python" -m keywords.kernel.build || true
