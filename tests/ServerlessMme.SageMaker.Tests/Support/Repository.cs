namespace ServerlessMme.SageMaker.Tests.Support;

/// <summary>Files of the working tree that the tests run in.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

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
