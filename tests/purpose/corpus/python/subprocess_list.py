# credential: railway RAILWAY_TOKEN
# file: deploy.py
import subprocess
# need: deployment.create
subprocess.run(["railway", "up", "--service", "api"], check=True)
