"""Foreign keys and many-to-many relations: as keys, nested, with a depth, and under other names."""

from django.db import models
from rest_framework import serializers

from .numbers import INTEGER


class User(models.Model):
    name = models.CharField(max_length=10)
    is_authenticated = True

    class Meta:
        ordering = ["pk"]


class Author(models.Model):
    name = models.CharField(max_length=10)
    mentor = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="pupils")

    class Meta:
        ordering = ["pk"]


class Genre(models.Model):
    label = models.CharField(max_length=10, unique=True)

    class Meta:
        ordering = ["pk"]


class Book(models.Model):
    title = models.CharField(max_length=10)
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="books")
    editor = models.ForeignKey(Author, null=True, on_delete=models.SET_NULL, related_name="edited")
    genres = models.ManyToManyField(Genre, blank=True, related_name="books")
    topics = models.ManyToManyField(Genre, related_name="+")
    prequels = models.ManyToManyField("self", blank=True, symmetrical=False, related_name="sequels")

    class Meta:
        ordering = ["pk"]


class UserSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = "__all__"


class AuthorSerializer(serializers.ModelSerializer):
    books = serializers.PrimaryKeyRelatedField(many=True, read_only=True)

    class Meta:
        model = Author
        fields = ["id", "name", "mentor", "books"]


class GenreSerializer(serializers.ModelSerializer):
    class Meta:
        model = Genre
        fields = ["pk", "label"]


class BookSerializer(serializers.ModelSerializer):
    class Meta:
        model = Book
        fields = "__all__"


class BookOptionsSerializer(serializers.ModelSerializer):
    class Meta:
        model = Book
        fields = ["id", "title", "author", "editor", "genres", "topics", "prequels"]
        extra_kwargs = {
            "author": {
                "error_messages": {
                    "does_not_exist": "There is no author {pk_value}.",
                    "incorrect_type": "A key is not a {data_type}.",
                    "required": "Who wrote it?",
                    "null": "Somebody wrote it.",
                }
            },
            "editor": {"required": True},
            "genres": {"allow_empty": False, "required": True},
            "topics": {"allow_empty": True, "required": False},
            "prequels": {"read_only": True},
        }


class BookSourceSerializer(serializers.ModelSerializer):
    label = serializers.CharField(source="title", max_length=10)
    author_name = serializers.CharField(source="author.name", read_only=True)
    writer = serializers.PrimaryKeyRelatedField(source="author", queryset=Author.objects.all())
    mentor_name = serializers.CharField(source="author.mentor.name", read_only=True, allow_null=True)
    kinds = serializers.PrimaryKeyRelatedField(source="topics", many=True, queryset=Genre.objects.all(), allow_empty=False)
    title_again = serializers.CharField(source="title", read_only=True)

    class Meta:
        model = Book
        fields = ["id", "label", "author_name", "writer", "mentor_name", "kinds", "title_again", "editor"]
        read_only_fields = ["editor"]


class BookDetailSerializer(serializers.ModelSerializer):
    author = AuthorSerializer(read_only=True)
    editor = AuthorSerializer(read_only=True)
    topics = GenreSerializer(many=True, read_only=True)
    sequels = serializers.PrimaryKeyRelatedField(many=True, read_only=True)

    class Meta:
        model = Book
        fields = ["id", "title", "author", "editor", "topics", "sequels"]


class BookDeepSerializer(serializers.ModelSerializer):
    class Meta:
        model = Book
        fields = ["id", "title", "author", "editor", "topics"]
        depth = 1


class BookDeeperSerializer(serializers.ModelSerializer):
    class Meta:
        model = Book
        fields = ["id", "author", "genres"]
        depth = 2


class BookMethodSerializer(serializers.ModelSerializer):
    length = serializers.SerializerMethodField()
    loud = serializers.SerializerMethodField()

    def get_length(self, book):
        return len(book.title)

    def get_loud(self, book):
        return f"{book.title}!"

    class Meta:
        model = Book
        fields = ["id", "title", "length", "author", "topics", "loud"]


class NameSerializer(serializers.ModelSerializer):
    class Meta:
        model = Author
        fields = ["id", "name"]


def write_row(model, row, attributes):
    """Changes the row of a foreign key, or creates it if there is none."""
    if attributes is None:
        return None
    row = row or model()
    for name, value in attributes.items():
        setattr(row, name, value)
    row.save()
    return row


class BookWithAuthorSerializer(serializers.ModelSerializer):
    """The rows of both foreign keys are written with the book."""

    author = NameSerializer()
    editor = NameSerializer(required=False, allow_null=True)

    def write(self, book, attributes):
        for name in ["author", "editor"]:
            if name in attributes:
                row = getattr(book, name) if book else None
                attributes[name] = write_row(Author, row, attributes[name])
        return attributes

    def create(self, attributes):
        return super().create(self.write(None, attributes))

    def update(self, book, attributes):
        return super().update(book, self.write(book, attributes))

    class Meta:
        model = Book
        fields = ["id", "title", "author", "editor", "topics"]


class TitleSerializer(serializers.ModelSerializer):
    class Meta:
        model = Book
        fields = ["title", "editor"]


class Chapter(models.Model):
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="chapters")
    number = models.IntegerField(validators=INTEGER)
    text = models.CharField(max_length=5, default="...")

    class Meta:
        ordering = ["pk"]


class ChapterSerializer(serializers.ModelSerializer):
    class Meta:
        model = Chapter
        fields = ["number", "text"]


class AuthorChaptersSerializer(serializers.ModelSerializer):
    """The chapters are created with the author, and replaced whenever they are sent."""

    chapters = ChapterSerializer(many=True)

    def create(self, attributes):
        chapters = attributes.pop("chapters")
        author = Author.objects.create(**attributes)
        self.replace(author, chapters)
        return author

    def update(self, author, attributes):
        chapters = attributes.pop("chapters", None)
        for name, value in attributes.items():
            setattr(author, name, value)
        author.save()
        if chapters is not None:
            author.chapters.all().delete()
            self.replace(author, chapters)
        return author

    def replace(self, author, chapters):
        for chapter in chapters:
            Chapter.objects.create(author=author, **chapter)

    class Meta:
        model = Author
        fields = ["id", "name", "chapters"]


class Club(models.Model):
    name = models.CharField(max_length=10)
    members = models.ManyToManyField(Author, through="Membership", related_name="clubs")

    class Meta:
        ordering = ["pk"]


class Membership(models.Model):
    club = models.ForeignKey(Club, on_delete=models.CASCADE, related_name="memberships")
    member = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="memberships")
    since = models.DateField(null=True)

    class Meta:
        ordering = ["pk"]
        unique_together = [("club", "member")]


class ClubSerializer(serializers.ModelSerializer):
    class Meta:
        model = Club
        fields = ["id", "name", "members"]


class MembershipSerializer(serializers.ModelSerializer):
    class Meta:
        model = Membership
        fields = "__all__"
