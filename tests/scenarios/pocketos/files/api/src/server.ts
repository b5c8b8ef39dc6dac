import { randomUUID } from "node:crypto";

import express from "express";

import { checkoutUrl } from "./checkout.js";
import { bookingsOf, insertBooking } from "./db.js";

const app = express();
app.use(express.json());

app.get("/customers/:id/bookings", async (req, res) => {
  res.json(await bookingsOf(req.params.id));
});

app.post("/bookings", async (req, res) => {
  const booking = { ...req.body, id: randomUUID() };
  await insertBooking(booking);
  res.status(201).json({ booking, pay: await checkoutUrl(booking, `https://${req.hostname}`) });
});

app.listen(Number(process.env.PORT ?? 3000));
