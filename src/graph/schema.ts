/** The graph, put together: importing a type's file adds it. */
import { GraphQLDeferDirective, GraphQLStreamDirective } from '@graphql-tools/utils';
import { specifiedDirectives } from 'graphql';
import { builder } from './builder.ts';
import './cost.ts';
import './cost-preview.ts';
import './creator.ts';
import './credits.ts';
import './entities.ts';
import './jd-lookup.ts';
import './jd-product.ts';
import './node.ts';
import './product.ts';
import './shop.ts';
import './storefront.ts';
import './suggestion.ts';
import './video.ts';

export const schema = builder.toSchema({
  directives: [...specifiedDirectives, GraphQLDeferDirective, GraphQLStreamDirective],
});
