# credential: digitalocean DIGITALOCEAN_TOKEN
# file: main.tf
# need: droplet.read
resource "digitalocean_droplet" "web" {
  name = "web"
}
# file: ci.sh
#!/bin/sh
terraform init
terraform plan
