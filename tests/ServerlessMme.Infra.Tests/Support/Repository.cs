using System.Reflection;

namespace ServerlessMme.Infra.Tests.Support;

/// <summary>Files of the working tree that the tests were built in.</summary>
internal static class Repository
{
    private static readonly string Root = Metadata("RepositoryRoot");

    public static string PathOf(params string[] parts) => Path.GetFullPath(Path.Combine([Root, .. parts]));

    public static string Read(params string[] parts) => File.ReadAllText(PathOf(parts));

    /// <summary>What the project file says at build time.</summary>
    public static string Metadata(string key) => typeof(Repository).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
