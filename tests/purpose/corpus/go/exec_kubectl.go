// credential: railway RAILWAY_TOKEN
// file: main.go
package main
import "os/exec"
func main() {
	// need: deployment.create
	exec.Command("railway", "up").Run()
}
