namespace ServerlessMme.Integration.Tests.Running;

/// <summary>Files of the project that tests use as a user would.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string File(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>Sample images of CIFAR-10 that are images.</summary>
    public static IReadOnlyList<string> Samples { get; } =
        [.. Directory.GetFiles(File("sample-images", "cifar10")).Where(file => !file.EndsWith(".json", StringComparison.Ordinal)
            && !file.EndsWith("not-an-image.jpg", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!System.IO.File.Exists(Path.Combine(folder.FullName, "ServerlessMme.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }
}
