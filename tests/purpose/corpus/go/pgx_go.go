// credential: postgres DATABASE_URL
// file: main.go
package main
import ("context"; "os"; "github.com/jackc/pgx/v5/pgxpool")
func main() {
	pool, _ := pgxpool.New(context.Background(), os.Getenv("DATABASE_URL"))
	// need: table.read
	pool.Query(context.Background(), "SELECT id FROM users")
	// need: table.write
	pool.Exec(context.Background(), "INSERT INTO users (id) VALUES ($1)", 1)
}
