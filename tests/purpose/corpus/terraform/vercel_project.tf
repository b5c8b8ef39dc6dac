# credential: vercel VERCEL_API_TOKEN
# file: main.tf
provider "vercel" {
  team = "acme"
}
# need: project.write
# need: project.read
# need: project.destroy
resource "vercel_project" "site" {
  name = "site"
}
