using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Hosting.Tests;

public sealed class SettingsDocTests
{
    [Fact]
    public void The_docs_have_every_setting()
    {
        var configuration = new ConfigurationBuilder().Build();
        var services = new ServiceCollection().AddClassifier(configuration).AddStorage(configuration);

        var options = services.Select(service => service.ServiceType)
            .Where(type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IConfigureOptions<>))
            .Select(type => type.GenericTypeArguments[0])
            .Where(type => type.Namespace!.StartsWith("ServerlessMme", StringComparison.Ordinal));

        SettingsDoc.AssertComplete(options, atLeast: 50);
    }
}
