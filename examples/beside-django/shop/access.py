"""Who may see and do what: the views and the consumers ask here. `app/src/access.rs` is the same for the other server."""

from .models import Order, Product


def visible_products(user):
    products = Product.objects.order_by("name", "pk")
    return products if user.is_staff else products.filter(published=True)


def visible_orders(user):
    orders = Order.objects.order_by("pk")
    return orders if user.is_staff else orders.filter(customer=user.pk)


def may(user, *, write):
    """Everybody reads products and tags, the staff writes them."""
    return user.is_staff or not write
