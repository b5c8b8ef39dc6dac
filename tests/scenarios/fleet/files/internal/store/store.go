package store

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"
)

type Store struct {
	pool *pgxpool.Pool
}

func Open(ctx context.Context, url string) (*Store, error) {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return nil, err
	}
	return &Store{pool: pool}, nil
}

func (s *Store) Park(ctx context.Context, van string) error {
	if _, err := s.pool.Query(ctx, "SELECT id FROM vans WHERE name = $1", van); err != nil {
		return err
	}
	_, err := s.pool.Exec(ctx, "UPDATE vans SET parked = true WHERE name = $1", van)
	return err
}
