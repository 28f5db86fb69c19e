using System.Text;
using ServerlessMme.Core.Models;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Core.Tests.Models;

public sealed class NameDefinitionSchemaTests
{
    private static readonly ModelName Topics = ModelName.Parse("topics").Value;

    [Theory]
    [InlineData("""{"group":["topic-cats","topic-boats"]}""")]
    [InlineData("""{"group":{"prefix":"topic-"}}""")]
    [InlineData("""{"group":{"prefix":"topic"}}""")]
    [InlineData("""{"group":[]}""")]
    [InlineData("""{"group":["a","b","a"]}""")]
    [InlineData("""{"group":["a",7]}""")]
    [InlineData("""{"group":["a","../b"]}""")]
    [InlineData("""{"group":"a"}""")]
    [InlineData("""{"group":{"prefix":""}}""")]
    [InlineData("""{"group":{"prefix":"A-"}}""")]
    [InlineData("""{"group":{"prefix":"a","names":[]}}""")]
    [InlineData("""{"group":["a"],"labels":[]}""")]
    public async Task The_reader_of_groups_and_the_schema_agree(string json)
    {
        var problems = await SchemaCheck.ProblemsAsync("group", json);

        var read = ModelGroup.Read(Topics, Encoding.UTF8.GetBytes(json))!.Value;
        Assert.Equal(problems.Length == 0, read.Refusal is null);
    }

    [Theory]
    [InlineData("""{"alias":"cifar10-v2"}""")]
    [InlineData("""{"alias":"Cifar"}""")]
    [InlineData("""{"alias":["a"]}""")]
    [InlineData("""{"alias":"a","group":["b"]}""")]
    public async Task The_reader_of_aliases_and_the_schema_agree(string json)
    {
        var problems = await SchemaCheck.ProblemsAsync("alias", json);

        var read = ModelAlias.Read(Topics, Encoding.UTF8.GetBytes(json))!.Value;
        Assert.Equal(problems.Length == 0, read.Refusal is null);
    }
}
