# credential: digitalocean DIGITALOCEAN_TOKEN
# file: main.tf
# need: droplet.create
# need: droplet.read
# need: droplet.destroy
resource "digitalocean_droplet" "web" {
  image = "debian-12-x64"
  name  = "web"
}
