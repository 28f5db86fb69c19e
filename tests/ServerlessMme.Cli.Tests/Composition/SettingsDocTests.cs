using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ServerlessMme.Hosting;
using ServerlessMme.Serving.Settings;

namespace ServerlessMme.Cli.Tests.Composition;

public sealed class SettingsDocTests
{
    [Fact]
    public void The_docs_have_every_setting()
    {
        var configuration = new ConfigurationBuilder().Build();
        var services = new ServiceCollection().AddClassifier(configuration).AddStorage(configuration);
        var settings = services.Select(service => service.ServiceType)
            .Where(type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IConfigureOptions<>))
            .Select(type => type.GenericTypeArguments[0]).Append(typeof(ServeOptions))
            .Where(type => type.Namespace!.StartsWith("ServerlessMme", StringComparison.Ordinal))
            .SelectMany(type => type.GetProperties().Where(property => property.CanWrite || property.PropertyType.IsGenericType))
            .Select(property => property.Name).ToList();
        var docs = File.ReadAllText(Path.Combine(Root(), "docs", "settings.md"));

        Assert.True(settings.Count > 40, "The options are found.");
        Assert.All(settings, name => Assert.Contains($"| `{name}` |", docs, StringComparison.Ordinal));
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "ServerlessMme.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }
}
