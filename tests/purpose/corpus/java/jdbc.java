// credential: postgres DATABASE_URL
// file: src/main/java/App.java
import java.sql.*;
public class App {
  void run() throws Exception {
    Connection c = DriverManager.getConnection(System.getenv("DATABASE_URL"));
    // need: table.read
    c.createStatement().executeQuery("SELECT 2 FROM orders");
    // need: row.destroy
    c.createStatement().executeUpdate("DELETE FROM orders");
  }
}
