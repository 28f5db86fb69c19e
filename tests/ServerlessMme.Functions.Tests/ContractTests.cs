using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;

namespace ServerlessMme.Functions.Tests;

/// <summary>
/// Compares the contract with the source of the worker's packages (github.com/Azure/azure-functions-dotnet-worker)
/// if the environment names a clone.
/// </summary>
public sealed partial class ContractTests
{
    private const string Packages = "Microsoft.Azure.Functions.Worker";
    private const string Variable = "MME_FUNCTIONS_WORKER_SOURCE";

    public static TheoryData<Type> Types =>
    [
        .. typeof(FunctionAttribute).Assembly.GetTypes()
            .Where(type => type.Namespace?.StartsWith(Packages, StringComparison.Ordinal) == true),
    ];

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Contract_has_the_names_and_constructors_of_the_packages(Type type)
    {
        var source = Environment.GetEnvironmentVariable(Variable);
        Assert.SkipWhen(
            string.IsNullOrEmpty(source), $"{Variable} names no clone of the worker's source to compare with.");
        var text = await ReadAsync(source!, type);

        Assert.Contains($"namespace {type.Namespace}", text, StringComparison.Ordinal);
        foreach (var member in Members(type))
        {
            Assert.Matches($@"\b{Regex.Escape(member)}\b", text);
        }

        foreach (var constructor in type.GetConstructors().Where(c => c.GetParameters().Length > 0))
        {
            Assert.Contains(Signature(type, constructor), Spaces().Replace(text, " "), StringComparison.Ordinal);
        }
    }

    private static async Task<string> ReadAsync(string source, Type type)
    {
        var declaration = new Regex($@"\b(class|interface|enum) {type.Name}\b");
        var files = Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}test{Path.DirectorySeparatorChar}",
                StringComparison.Ordinal));
        foreach (var file in files)
        {
            var text = await File.ReadAllTextAsync(file);
            if (declaration.IsMatch(text) && text.Contains($"namespace {type.Namespace}", StringComparison.Ordinal))
            {
                return text;
            }
        }

        Assert.Fail($"{source} declares no {type.FullName}.");
        return "";
    }

    private static IEnumerable<string> Members(Type type) => type.IsEnum
        ? type.GetEnumNames()
        : type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Select(property => property.Name)
            .Concat(type.IsInterface ? type.GetMethods().Where(m => !m.IsSpecialName).Select(m => m.Name) : []);

    private static string Signature(Type type, ConstructorInfo constructor) =>
        $"public {type.Name}({string.Join(", ", constructor.GetParameters().Select(Parameter))})";

    private static string Parameter(ParameterInfo parameter)
    {
        var name = parameter.ParameterType switch
        {
            var text when text == typeof(string) => "string",
            var number when number == typeof(int) => "int",
            var many when many == typeof(string[]) => "params string[]",
            var other => other.Name,
        };
        return $"{name} {parameter.Name}";
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
