using ServerlessMme.Storage;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Integration.Tests.Upgrade;

/// <summary>The schemas describe what earlier versions wrote, too.</summary>
public sealed class RecordedSchemaTests
{
    public static IEnumerable<TheoryDataRow<string>> Versions() => Recording.Versions();

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Every_recorded_document_and_message_obeys_its_schema(string version)
    {
        var recording = await Recording.ReadAsync(version);
        var seen = new HashSet<string>();

        foreach (var blob in recording.Blobs)
        {
            var content = await recording.ContentAsync(blob);
            foreach (var (schema, json) in RecordedDocuments.In(blob.Container, blob.Name, content))
            {
                seen.Add(schema);
                var problems = await SchemaCheck.ProblemsAsync(schema, json);
                Assert.True(problems.Length == 0, $"{blob.Container}/{blob.Name}: {problems}\n{json}");
            }
        }

        foreach (var message in recording.Queues.Single(queue => queue.Name == StorageAccount.ClassifyQueue).Messages)
        {
            seen.Add("message");
            await SchemaCheck.AssertAsync("message", RecordedDocuments.Plain(message.Text));
        }

        Assert.Equal(
            ["alias", "group", "job", "label", "manifest", "message", "poison", "summary", "truth"], seen.Order());
    }

    [Fact]
    public void Every_schema_names_itself_and_the_major_version_of_the_contract() =>
        Assert.All(SchemaCheck.Names, name =>
        {
            var schema = System.Text.Json.Nodes.JsonNode.Parse(
                Repository.Read("docs", "schemas", "v1", $"{name}.json"))!;
            Assert.Equal($"urn:serverless-mme:v1:{name}", (string?)schema["$id"]);
            Assert.Equal("https://json-schema.org/draft/2020-12/schema", (string?)schema["$schema"]);
        });
}
