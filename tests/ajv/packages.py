"""The npm packages of package-lock.json, installed where they are not yet: by `npm ci --ignore-scripts`, so that exactly what the lock file names by its digest comes,
and nothing of it runs at installation. Bounded in time; where there is no registry the caller skips."""
import os, subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
SECONDS_MAX = 120


def installed():
    """Whether node can be asked about ajv. Installs what is missing, if it can."""
    lock = os.path.join(HERE, "package-lock.json")
    done = os.path.join(HERE, "node_modules", ".package-lock.json")
    if os.path.exists(done) and os.path.getmtime(done) >= os.path.getmtime(lock):
        return True
    try:
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=20000"], cwd=HERE, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=SECONDS_MAX, text=True)
    except subprocess.CalledProcessError as error:
        print("npm ci: " + error.stderr.strip()[-600:])
        return False
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"npm ci: {error}")
        return False
    os.utime(done)
    return True


def command(script):
    return ["node", os.path.join(HERE, script)]
