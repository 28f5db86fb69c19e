using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Serving.Tests.Support;

namespace ServerlessMme.Serving.Tests.Console;

public sealed class OpenApiTests
{
    [Fact]
    public async Task The_document_describes_exactly_the_routes_that_are_mapped()
    {
        await using var console = await RunningConsole.StartAsync();

        var mapped = console.Services.GetRequiredService<IEnumerable<EndpointDataSource>>()
            .SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText is not ("/" or "{**path}" or "/console/{**path}"))
            .SelectMany(endpoint => endpoint.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods
                .Select(method => $"{method} {endpoint.RoutePattern.RawText}"));

        Assert.Equal(
            ConsoleApi.Operations.Select(each => $"{each.Method} {each.Path}").Order(StringComparer.Ordinal),
            mapped.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_operation_names_what_it_answers_and_every_reference_is_there()
    {
        var schemas = ConsoleApi.Document.GetProperty("components").GetProperty("schemas");
        foreach (var path in ConsoleApi.Document.GetProperty("paths").EnumerateObject())
        {
            foreach (var operation in path.Value.EnumerateObject().Where(each => each.Name != "parameters"))
            {
                Assert.True(operation.Value.GetProperty("summary").GetString()!.Length > 0);
                Assert.True(operation.Value.GetProperty("responses").TryGetProperty("200", out _), path.Name);
            }
        }

        const string prefix = "\"$ref\": \"#/components/schemas/";
        var text = Testing.Files.Repository.Read("docs", "schemas", "console.openapi.json");
        var names = text.Split(prefix).Skip(1).Select(rest => rest[..rest.IndexOf('"', StringComparison.Ordinal)]);
        Assert.All(names, name => Assert.True(schemas.TryGetProperty(name, out _), name));
    }
}
