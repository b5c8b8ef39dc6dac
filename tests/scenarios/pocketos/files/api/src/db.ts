import pg from "pg";

export const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });

export interface Booking {
  id: string;
  plate: string;
  customer: string;
  from: string;
  to: string;
  cents: number;
}

export async function bookingsOf(customer: string): Promise<Booking[]> {
  const { rows } = await pool.query("SELECT * FROM bookings WHERE customer = $1 ORDER BY starts_at", [customer]);
  return rows;
}

export async function insertBooking(b: Booking): Promise<void> {
  await pool.query(
    "INSERT INTO bookings (id, plate, customer, starts_at, ends_at, cents) VALUES ($1, $2, $3, $4, $5, $6)",
    [b.id, b.plate, b.customer, b.from, b.to, b.cents],
  );
}
