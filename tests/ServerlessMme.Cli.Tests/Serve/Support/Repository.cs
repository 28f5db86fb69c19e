namespace ServerlessMme.Cli.Tests.Serve.Support;

/// <summary>Files of the working tree that the tests run in.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string Models => PathOf("models");

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>Every model of the project that has sample images.</summary>
    public static IEnumerable<TheoryDataRow<string>> ModelNames() =>
        Directory.GetDirectories(Models).Select(folder => Path.GetFileName(folder))
            .Where(name => File.Exists(Path.Combine(Models, name, "model.onnx")) && Directory.Exists(Samples(name)))
            .Order(StringComparer.Ordinal).Select(name => new TheoryDataRow<string>(name));

    public static string Samples(string model) => PathOf("sample-images", model);

    private static string Find()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "ServerlessMme.sln")))
            {
                return folder;
            }
        }

        throw new InvalidOperationException("The tests are not inside a working tree.");
    }
}
