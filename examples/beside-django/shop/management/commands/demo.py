from django.contrib.auth.models import User
from django.core.management.base import BaseCommand
from rest_framework.authtoken.models import Token

from shop.models import Product, Tag

# The users of the demonstration, and their tokens: everybody can read them here.
TOKENS = {"staff": "demo-staff", "ann": "demo-ann", "bob": "demo-bob"}


class Command(BaseCommand):
    help = "Makes users with known tokens, and a product, unless they are there."

    def handle(self, verbosity, **options):
        for username, key in TOKENS.items():
            user, _ = User.objects.get_or_create(username=username, is_staff=username == "staff")
            Token.objects.get_or_create(key=key, user=user)
        tag, _ = Tag.objects.get_or_create(slug="tea", label="Tea")
        product, _ = Product.objects.get_or_create(name="Earl Grey", price="12.50", published=True)
        product.tags.add(tag)
        if verbosity:
            self.stdout.write(f"tokens: {', '.join(TOKENS.values())}")
