namespace ServerlessMme.Testing.Files;

/// <summary>Files of the working tree that the tests were built in.</summary>
public static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>Folder of the project's models, one folder per model.</summary>
    public static string Models => PathOf("models");

    /// <summary>Sample images of CIFAR-10 that can be decoded, sorted by name.</summary>
    public static IReadOnlyList<string> CifarImages { get; } =
    [
        .. Directory.GetFiles(Samples("cifar10")).Where(file => !file.EndsWith(".json", StringComparison.Ordinal)
            && !file.EndsWith("not-an-image.jpg", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
    ];

    /// <summary>The full path of a file or folder, from its parts below the root.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    public static string Read(params string[] parts) => File.ReadAllText(PathOf(parts));

    /// <summary>Folder of a model's sample images.</summary>
    public static string Samples(string model) => PathOf("sample-images", model);

    /// <summary>Every model of the project that has sample images.</summary>
    public static IEnumerable<TheoryDataRow<string>> ModelNames() =>
        Directory.GetDirectories(Models).Select(folder => Path.GetFileName(folder))
            .Where(name => File.Exists(Path.Combine(Models, name, "model.onnx")) && Directory.Exists(Samples(name)))
            .Order(StringComparer.Ordinal).Select(name => new TheoryDataRow<string>(name));

    private static string FindRoot()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "ServerlessMme.sln")))
            {
                return folder;
            }
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} has ServerlessMme.sln.");
    }
}
