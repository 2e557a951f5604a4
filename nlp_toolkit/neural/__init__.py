"""Small networks that learn texts from nothing, from strong assumptions (order-blind) to weak ones (attention)."""
