"""News and stories: what happens in the villages, told with pictures, and where the goods in it can be bought."""
