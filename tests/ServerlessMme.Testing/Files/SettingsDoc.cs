namespace ServerlessMme.Testing.Files;

/// <summary>Checks docs/settings.md.</summary>
public static class SettingsDoc
{
    private static readonly string Text = Repository.Read("docs", "settings.md");

    /// <summary>Asserts that the page has a row for every setting of some options classes.</summary>
    /// <param name="atLeast">Fewer settings than these mean that the classes weren't found.</param>
    public static void AssertComplete(IEnumerable<Type> options, int atLeast)
    {
        var settings = options.SelectMany(type => type.GetProperties())
            .Where(property => property.CanWrite || property.PropertyType.IsGenericType)
            .Select(property => property.Name).ToList();

        Assert.True(settings.Count >= atLeast, $"Only {settings.Count} settings were found.");
        Assert.All(settings, name => Assert.Contains($"| `{name}` |", Text, StringComparison.Ordinal));
    }
}
