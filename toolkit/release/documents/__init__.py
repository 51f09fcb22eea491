"""What a release says of itself: card, pictures, Croissant, citation, licence, changelog."""
